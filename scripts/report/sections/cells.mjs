// Every cell in full, and the figures that are absent with the reason.

import { figure, percent, time } from '../format.mjs';
import { html, raw } from '../text.mjs';
import { badge, table, withInterval, workloadTitle } from './parts.mjs';

const COLUMNS = [
  { text: 'Contestant' },
  { text: 'Requests/s', isFigure: true },
  { text: 'CPU per request', isFigure: true },
  { text: 'CPU use', isFigure: true },
  { text: 'Response p50', isFigure: true },
  { text: 'Response p99', isFigure: true },
  { text: 'System calls', isFigure: true },
  { text: 'Context switches', isFigure: true },
  { text: 'Starved', isFigure: true },
  { text: 'Limiter' },
  { text: 'Validity' },
];

const counted = (value) => (value === null ? null : value.toFixed(2));

function rowOf(tables, cell) {
  return [
    badge(tables, cell.contestant),
    withInterval(cell.rps, figure),
    withInterval(cell.cpu, time),
    withInterval(cell.utilisation, percent),
    time(cell.response?.p50 ?? null),
    time(cell.response?.p99 ?? null),
    counted(cell.calls),
    counted(cell.switches),
    cell.starved,
    cell.limiter,
    html`<span class="status ${cell.status}">${cell.status}</span>`,
  ];
}

/// Path and reason -> the cells that lack the figure for that reason.
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

const SHOWN_CELLS = 3; // more are counted, not listed

function absenceRow({ path, reason, cells }) {
  const more = cells.length - SHOWN_CELLS;
  const named = cells
    .slice(0, SHOWN_CELLS)
    .map((cell, index) => html`${index > 0 && raw('; ')}${cell}`);
  return [html`<code>${path}</code>`, reason, html`${named}${more > 0 && `; and ${more} more`}`];
}

export function cells(tables) {
  const groups = tables.workloads
    .map((workload) => ({
      title: workload.title,
      note: workload.condition,
      rows: tables.cells
        .filter((cell) => cell.workload === workload.name)
        .map((cell) => rowOf(tables, cell)),
    }))
    .filter(({ rows }) => rows.length > 0);
  const absent = absences(tables).map(absenceRow);
  return html`<section id="cells"><h2>Every cell</h2>
<p class="hint">Medians over restarts with 95 % intervals. CPU is the server's; 100 % is one core.
System calls and context switches are the server's per request, counted in restarts that are not timed.
n/a was not measured, and never means zero.</p>
${table({ label: 'Every cell', columns: COLUMNS, groups })}
${
  absent.length > 0 &&
  html`<details><summary>Why figures are absent</summary>
${table({
  label: 'Absent figures',
  groups: [{ rows: absent }],
  columns: [{ text: 'Figure' }, { text: 'Reason' }, { text: 'Cells' }],
})}</details>`
}</section>`;
}
