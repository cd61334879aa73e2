// Rows as CSV (RFC 4180) that a spreadsheet shows and does not run. Pure.

const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/// One field: quoted where it must be; text that a spreadsheet would take for a formula is made
/// text by an apostrophe.
export function csvField(value) {
  const text = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/// Lines of fields, each line ended.
export const csvText = (rows) =>
  rows.map((fields) => `${fields.map(csvField).join(',')}\r\n`).join('');

/// A column's names, and the fields of one of its values "median low high".
export const csvNames = ({ name, hasInterval }) =>
  hasInterval ? [name, `${name}_low`, `${name}_high`] : [name];

export function csvValues({ kind, hasInterval }, value) {
  if (kind !== 'figure') return [value];
  const parts = value === '' ? [] : value.split(' ');
  return hasInterval ? [0, 1, 2].map((index) => parts[index] ?? '') : [parts[0] ?? ''];
}
