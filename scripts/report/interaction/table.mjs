// The table of cells without the DOM: which rows are shown, in what order, and the rows as CSV
// (RFC 4180) that a spreadsheet does not execute.

/// Negative, zero or positive: compares figures as numbers, text by its characters. Missing values
/// are last in both orders.
export function compareValues(a, b, kind, order) {
  if (a === '' || b === '') return Number(a === '') - Number(b === '');
  const sign = order === 'descending' ? -1 : 1;
  if (kind === 'figure') return sign * (Number.parseFloat(a) - Number.parseFloat(b));
  return sign * (a < b ? -1 : Number(a > b));
}

/// Whether a row {text, values: {column: value}} contains all words of `query.q` and has the chosen
/// values.
export function rowMatches(row, query) {
  const { q = '', ...chosen } = query;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const text = row.text.toLowerCase();
  return (
    words.every((word) => text.includes(word)) &&
    Object.entries(chosen).every(([column, value]) => value === '' || row.values[column] === value)
  );
}

/// The order after the next click on a column.
export const nextOrder = (order) => (order === 'ascending' ? 'descending' : 'ascending');

const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/// One field, quoted if necessary. Text that a spreadsheet would read as a formula gets an
/// apostrophe.
export function csvField(value) {
  const text = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/// Rows of fields as CSV.
export const csvText = (rows) =>
  rows.map((fields) => `${fields.map(csvField).join(',')}\r\n`).join('');

/// The names of a column, and the fields of one of its values "median low high".
export const csvNames = ({ name, hasInterval }) =>
  hasInterval ? [name, `${name}_low`, `${name}_high`] : [name];

export function csvValues({ kind, hasInterval }, value) {
  if (kind !== 'figure') return [value];
  const parts = value === '' ? [] : value.split(' ');
  return hasInterval ? [0, 1, 2].map((index) => parts[index] ?? '') : [parts[0] ?? ''];
}
