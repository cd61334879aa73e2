// All cells, and missing figures with their reasons. The script sorts, filters and downloads the
// table; it reads the raw figures from data-value.

import { figure, percent, time } from '../format.mjs';
import { html, raw, uniqueSlugs } from '../text.mjs';
import { badge, scrolling, table, withInterval, workloadTitle } from './parts.mjs';

const identity = (value) => value;
const counted = (value) => (value === null ? null : value.toFixed(2));

/// `of` returns text, a figure or {median, interval}; `name` is the column in the CSV file.
const COLUMNS = [
  { text: 'Workload', name: 'workload', of: (cell) => cell.workload },
  { text: 'Contestant', name: 'contestant', of: (cell) => cell.contestant },
  { text: 'Requests/s', name: 'achieved_rps', of: (cell) => cell.rps, format: figure },
  {
    text: 'CPU per request',
    name: 'server_cpu_ns_per_request',
    of: (cell) => cell.cpu,
    format: time,
  },
  {
    text: 'CPU use',
    name: 'server_cpu_utilisation',
    of: (cell) => cell.utilisation,
    format: percent,
  },
  ...['p50', 'p99', 'p99_9'].map((key) => ({
    text: `Response ${key.replace('_', '.')}`,
    name: `response_time_ns_${key}`,
    of: (cell) => cell.response?.[key] ?? null,
    format: time,
  })),
  { text: 'System calls', name: 'syscalls_per_request', of: (cell) => cell.calls, format: counted },
  {
    text: 'Context switches',
    name: 'context_switches_per_request',
    of: (cell) => cell.switches,
    format: counted,
  },
  { text: 'Starved', name: 'starved_connections', of: (cell) => cell.starved, format: identity },
  { text: 'Limiter', name: 'limiter', of: (cell) => cell.limiter },
  { text: 'Validity', name: 'validity', of: (cell) => cell.status },
];
const WITH_INTERVAL = new Set([
  'achieved_rps',
  'server_cpu_ns_per_request',
  'server_cpu_utilisation',
]);
const DIGITS = 7;

const exact = (value) => String(Number(value.toPrecision(DIGITS)));

/// "5253.379 5182.589 5324.305": median and bounds of the interval, if there is one.
function valueOf(value) {
  if (value === null) return '';
  if (typeof value === 'number') return exact(value);
  const { median, interval } = value;
  return [median, ...(interval ? [interval.low, interval.high] : [])].map(exact).join(' ');
}

function figureCell({ of, format, name }, cell) {
  const value = of(cell);
  const shown = WITH_INTERVAL.has(name)
    ? withInterval(value, format)
    : value === null
      ? 'n/a'
      : format(value);
  return html`<td class="figure" data-value="${valueOf(value)}">${shown}</td>`;
}

function rowOf(tables, cell, id) {
  const figures = COLUMNS.filter(({ format }) => format).map((column) => figureCell(column, cell));
  const reasons = cell.reasons.join('; ');
  return html`<tr id="cell-${id}" data-row><td data-value="${
    cell.workload
  }">${workloadTitle(tables, cell.workload)}</td><th scope="row" data-value="${cell.contestant}"><a href="#cell-${id}">${badge(
    tables,
    cell.contestant,
  )}</a></th>${figures}<td>${cell.limiter ?? 'n/a'}</td><td data-value="${
    cell.status
  }"><span class="status ${cell.status}">${cell.status}</span>${
    reasons !== '' && html` <small>${reasons}</small>`
  }</td></tr>
`;
}

function headOf({ text, name, format }) {
  const kind = format ? raw(' class="figure" data-kind="figure"') : raw(' data-kind="text"');
  const span = WITH_INTERVAL.has(name) && raw(' data-interval');
  return html`<th scope="col" data-name="${name}"${kind}${span}>${text}</th>`;
}

/// Cells in the order of the workloads.
function cellTable(tables) {
  const ordered = tables.workloads.flatMap((workload) =>
    tables.cells.filter((cell) => cell.workload === workload.name),
  );
  const ids = uniqueSlugs(ordered.map((cell) => `${cell.contestant} ${cell.workload}`));
  return scrolling(
    'All cells',
    html`<table class="all-cells"><thead><tr>${COLUMNS.map(headOf)}</tr></thead><tbody>
${ordered.map((cell, index) => rowOf(tables, cell, ids[index]))}</tbody></table>`,
    true,
  );
}

const choice = (name, text, options) => html`<label>${text} <select data-filter="${name}">
<option value="">all</option>${options.map(
  ({ value, label }) => html`<option value="${value}">${label}</option>`,
)}</select></label>
`;

function controls(tables) {
  const statuses = [...new Set(tables.cells.map(({ status }) => status))].sort();
  const byName = (entry) => ({ value: entry.name, label: entry.title ?? entry.name });
  return html`<form class="controls scripted" aria-label="Filter the cells">
<label>Search <input type="search" name="q" placeholder="any text" autocomplete="off"></label>
${choice('workload', 'Workload', tables.workloads.map(byName))}
${choice(
  'contestant',
  'Contestant',
  tables.contestants.map(({ name }) => ({ value: name, label: name })),
)}
${choice(
  'validity',
  'Validity',
  statuses.map((status) => ({ value: status, label: status })),
)}
<button type="button" data-download="csv">Download as CSV</button>
<output class="shown" aria-live="polite"></output></form>`;
}

/// Missing figures as {path, reason, cells}: the cells without the figure for this reason.
function absences(tables) {
  const byReason = new Map();
  for (const cell of tables.cells) {
    for (const [path, reason] of Object.entries(cell.absent)) {
      const key = JSON.stringify([path, reason]);
      const entry = byReason.get(key) ?? { path, reason, cells: [] };
      entry.cells.push(`${cell.contestant} on ${workloadTitle(tables, cell.workload)}`);
      byReason.set(key, entry);
    }
  }
  return [...byReason.values()];
}

const SHOWN_CELLS = 3; // of the others only the number is shown

function absenceRow({ path, reason, cells }) {
  const more = cells.length - SHOWN_CELLS;
  const named = cells
    .slice(0, SHOWN_CELLS)
    .map((cell, index) => html`${index > 0 && raw('; ')}${cell}`);
  return [html`<code>${path}</code>`, reason, html`${named}${more > 0 && `; and ${more} more`}`];
}

export function cells(tables) {
  const absent = absences(tables).map(absenceRow);
  return html`<section id="cells"><h2>All cells</h2>
<p class="hint">Medians over restarts with 95 % intervals. CPU time is that of the server; 100 % is
one core. System calls and context switches are those of the server per request, counted in restarts
that are not timed. “n/a” means not measured; it never means zero.</p>
${controls(tables)}
${cellTable(tables)}
${
  absent.length > 0 &&
  html`<details><summary>Missing figures and reasons</summary>
${table({
  label: 'Missing figures',
  groups: [{ rows: absent }],
  columns: [{ text: 'Figure' }, { text: 'Reason' }, { text: 'Cells' }],
})}</details>`
}</section>`;
}
