// Which rows of a table are shown, and in what order. Pure.

/// Negative, zero or positive: figures by size, texts by their characters. What is missing comes
/// last in either order.
export function compareValues(a, b, kind, order) {
  if (a === '' || b === '') return Number(a === '') - Number(b === '');
  const sign = order === 'descending' ? -1 : 1;
  if (kind === 'figure') return sign * (Number.parseFloat(a) - Number.parseFloat(b));
  return sign * (a < b ? -1 : Number(a > b));
}

/// Whether a row {text, values: {column: value}} has all words of `query.q` and the chosen values.
export function rowMatches(row, query) {
  const { q = '', ...chosen } = query;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const text = row.text.toLowerCase();
  return (
    words.every((word) => text.includes(word)) &&
    Object.entries(chosen).every(([column, value]) => value === '' || row.values[column] === value)
  );
}

/// The order after another press on a column's button.
export const nextOrder = (order) => (order === 'ascending' ? 'descending' : 'ascending');
