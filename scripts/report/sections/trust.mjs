// How far to trust the run: what is not valid and why, what the machine warned of, how much was
// measured.

import { shortPercent } from '../format.mjs';
import { number, texts } from '../tables.mjs';
import { html, raw } from '../text.mjs';
import { badge, table, workloadTitle } from './parts.mjs';

function doubts(tables) {
  const rows = tables.cells
    .filter((cell) => cell.status !== 'valid')
    .map((cell) => [
      workloadTitle(tables, cell.workload),
      badge(tables, cell.contestant),
      html`<span class="status ${cell.status}">${cell.status}</span>`,
      cell.reasons.length > 0
        ? html`<ul class="plain">${cell.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`
        : 'no reason given',
    ]);
  const valid = tables.cells.length - rows.length;
  const summary = html`<p>${valid} of ${tables.cells.length} cells are valid.</p>`;
  if (rows.length === 0) return summary;
  return html`${summary}
${table({
  label: 'Cells that are not valid',
  columns: [{ text: 'Workload' }, { text: 'Contestant' }, { text: 'Status' }, { text: 'Why' }],
  groups: [{ rows }],
  stacks: true,
})}`;
}

function warnings(run) {
  const list = texts(run.environment?.warnings);
  if (list.length === 0) return html`<p>The machine gave no warnings.</p>`;
  return html`<ul class="warnings">${list.map((line) => html`<li>${line}</li>`)}</ul>`;
}

const PLAN_COLUMNS = [
  { text: 'Workload' },
  { text: 'Restarts', isFigure: true },
  { text: 'Slices per restart', isFigure: true },
  { text: 'Slice (ms)', isFigure: true },
  { text: 'Discarded at its start (ms)', isFigure: true },
  { text: 'Reference' },
];

function plan(run, tables) {
  const rows = tables.workloads.map(({ title, plan: own, reference }) => [
    title,
    number(own.restarts) ?? number(run.plan?.restarts),
    number(own.slices_per_restart),
    number(own.slice_ms),
    number(own.discard_ms),
    reference && badge(tables, reference),
  ]);
  const notPaused = Array.isArray(run.plan?.not_paused) ? run.plan.not_paused : [];
  return html`${table({ label: 'Plan', columns: PLAN_COLUMNS, groups: [{ rows }] })}
<p class="hint">Intervals are 95 % intervals over restarts; p-values are corrected for the number of
comparisons (Holm). ${
    tables.margin !== null &&
    html`Differences up to ${shortPercent(tables.margin)} count as a tie. `
  }${
    notPaused.length > 0 &&
    html`Not paused between slices, because silent while unloaded: ${notPaused.map(
      (entry, index) =>
        html`${index > 0 && raw(', ')}${typeof entry === 'string' ? entry : JSON.stringify(entry)}`,
    )}.`
  }</p>`;
}

export function trust(run, tables) {
  return html`<section id="trust"><h2>How far to trust it</h2>
<h3>Validity</h3>
${doubts(tables)}
<h3>Warnings</h3>
${warnings(run)}
<h3>What was measured</h3>
${plan(run, tables)}</section>`;
}
