// The reliability of the run: validity of cells, state of the machine, measurement plan.

import { ABSENT, figure, percent, shortPercent, time } from '../format.mjs';
import { number, strings } from '../json.mjs';
import { html, raw } from '../text.mjs';
import { badge, controlLine, table, workloadTitle } from './parts.mjs';

/// The number of cells by status, valid ones first.
function statusCounts({ cells }) {
  const counts = new Map([['valid', 0]]);
  for (const { status } of cells) counts.set(status, (counts.get(status) ?? 0) + 1);
  return html`<p>${counts.get('valid')} of ${cells.length} cells are valid.</p>
<ul class="counts">${[...counts].map(
    ([status, count]) =>
      html`<li><b>${count}</b> <span class="status ${status}">${status}</span></li>`,
  )}</ul>`;
}

function validity(tables) {
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
  const summary = html`${statusCounts(tables)}`;
  if (rows.length === 0) return summary;
  return html`${summary}
<details><summary>${rows.length} cells that are not valid, and reasons</summary>
${table({
  label: 'Cells that are not valid',
  columns: [{ text: 'Workload' }, { text: 'Contestant' }, { text: 'Status' }, { text: 'Reason' }],
  groups: [{ rows }],
  stacks: true,
})}</details>`;
}

/// Findings of the doctor other than good ones.
function findingsTable(findings) {
  const rows = findings.map(({ item, status, found, cost, advice }) => [
    item,
    html`<span class="status ${status}">${status}</span>`,
    found,
    html`${cost}${advice && html`<br><small>try: <code>${advice}</code></small>`}`,
  ]);
  return table({
    label: 'Problems of the machine',
    columns: [{ text: 'Item' }, { text: 'Status' }, { text: 'Found' }, { text: 'Effect' }],
    groups: [{ rows }],
    stacks: true,
  });
}

/// The warnings, except those that repeat a finding, and the findings of the doctor.
function machine(run, tables) {
  const poor = tables.findings.filter(({ status }) => status !== 'good');
  const good = tables.findings.length - poor.length;
  const isFinding = (line) => poor.some(({ item, found }) => line.startsWith(`${item} (${found})`));
  const list = strings(run.environment?.warnings).filter((line) => !isFinding(line));
  const warnings = html`<ul class="warnings">${list.map((line) => html`<li>${line}</li>`)}</ul>`;
  if (tables.findings.length === 0 && list.length === 0) return html`<p>No warnings.</p>`;
  return html`${list.length > 0 && warnings}
${poor.length > 0 && findingsTable(poor)}
${
  tables.findings.length > 0 &&
  html`<p class="hint">${good} of ${tables.findings.length} checks of
<code>sockbench doctor</code> are good.</p>`
}`;
}

const CPU_COLUMNS = [
  { text: 'CPU' },
  { text: 'Side' },
  { text: 'Busy', isFigure: true },
  { text: 'Steal', isFigure: true },
  { text: 'Interrupts/s', isFigure: true },
  { text: 'Softirqs/s', isFigure: true },
  { text: 'Lost while idle', isFigure: true },
  { text: 'Floor p99', isFigure: true },
  { text: 'Floor p99.9', isFigure: true },
  { text: 'Longest interruption', isFigure: true },
];

/// The activity of each CPU of the run, and the delays that the machine itself causes.
function cpus(tables) {
  if (tables.cpus.length === 0) return null;
  const rows = tables.cpus.map((cpu) => [
    cpu.cpu === null ? ABSENT : String(cpu.cpu),
    cpu.side,
    percent(cpu.busy),
    percent(cpu.steal),
    figure(cpu.interrupts),
    figure(cpu.softirqs),
    percent(cpu.lost),
    time(cpu.floor.p99),
    time(cpu.floor.p99_9),
    time(cpu.longest),
  ]);
  return html`<h3>Delays caused by the machine</h3>
${table({ label: 'The CPUs of the run', columns: CPU_COLUMNS, groups: [{ rows }] })}
<p class="hint">The floor is the delay that the machine itself adds to an event due at a random time.
A thread that only reads the clock measures it before and after the run; the table shows the worse
result. A response time below the floor is not a finding about the server.</p>`;
}

/// The contestants that were requested but not available; null without any.
function skipped(run) {
  const list = Array.isArray(run.skipped) ? run.skipped : [];
  const reasons = strings(list.map((entry) => entry?.reason));
  if (reasons.length === 0) return null;
  return html`<h3>Skipped</h3>
<ul class="skipped">${reasons.map((line) => html`<li>${line}</li>`)}</ul>`;
}

const PLAN_COLUMNS = [
  { text: 'Workload' },
  { text: 'Restarts', isFigure: true },
  { text: 'Slices per restart', isFigure: true },
  { text: 'Slice (ms)', isFigure: true },
  { text: 'Discarded at the start (ms)', isFigure: true },
  { text: 'Minimum detectable CPU difference', isFigure: true },
  { text: 'Reference' },
];

/// The range of the minimum detectable effects in the CPU comparisons of a workload.
function precisionOf(tables, workload) {
  const effects = tables.comparisons
    .filter(({ metric }) => metric === 'server.cpu_ns_per_request')
    .filter((entry) => entry.workload === workload && entry.detectable !== null)
    .map(({ detectable }) => detectable)
    .sort((a, b) => a - b);
  if (effects.length === 0) return null;
  const [best, worst] = [effects[0], effects[effects.length - 1]].map(percent);
  return best === worst ? `± ${best}` : `± ${best} to ${worst}`;
}

function plan(run, tables) {
  const rows = tables.workloads.map(({ name, title, plan: own, reference }) => [
    title,
    number(own.restarts) ?? number(run.plan?.restarts),
    number(own.slices_per_restart),
    number(own.slice_ms),
    number(own.discard_ms),
    precisionOf(tables, name),
    reference && badge(tables, reference),
  ]);
  const notPaused = Array.isArray(run.plan?.not_paused) ? run.plan.not_paused : [];
  return html`<details><summary>Restarts, slices and precision by workload</summary>
${table({ label: 'Plan', columns: PLAN_COLUMNS, groups: [{ rows }] })}</details>
${controlLine(tables)}
<p class="hint">Intervals are 95 % intervals over restarts; those of ratios also include the
variance between runs. p-values are Holm-corrected for the number of comparisons of one metric that
the restarts can decide. ${
    tables.margin !== null &&
    html`Differences up to ${shortPercent(tables.margin)} count as a tie. `
  }${
    notPaused.length > 0 &&
    html`Not paused between slices, because they use no CPU time without load: ${notPaused.map(
      (entry, index) =>
        html`${index > 0 && raw(', ')}${typeof entry === 'string' ? entry : JSON.stringify(entry)}`,
    )}.`
  }</p>`;
}

export function trust(run, tables) {
  return html`<section id="trust"><h2>Reliability</h2>
<h3>Validity</h3>
${validity(tables)}
<h3>Machine</h3>
${machine(run, tables)}
${cpus(tables)}
${skipped(run)}
<h3>Measurement plan</h3>
${plan(run, tables)}</section>`;
}
