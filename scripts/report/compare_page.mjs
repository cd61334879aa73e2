// The page that compares two runs: differences in environment and plan, and the figures of every
// cell that both have. Ratios and overlaps come from `sockbench compare`; nothing is computed here.

import { ABSENT, date, figure, percent, ratio, time } from './format.mjs';
import { metricOf } from './metrics.mjs';
import { documentOf } from './page.mjs';
import { flatten } from './sections/environment.mjs';
import { badge, table, withInterval } from './sections/parts.mjs';
import { interval, list, number, object, stringOr } from './json.mjs';
import { tablesOf } from './tables.mjs';
import { html, sentences } from './text.mjs';

const FORMATS = {
  achieved_rps: (value) => `${figure(value)}/s`,
  'server.cpu_utilisation': percent,
};
const formatOf = (metric) => (Object.hasOwn(FORMATS, metric) ? FORMATS[metric] : time);

function absolute(value, metric) {
  const { median, ci95 } = object(value);
  const own = number(median);
  return own === null
    ? ABSENT
    : withInterval({ median: own, interval: interval(ci95) }, formatOf(metric));
}

function relative(value) {
  const own = object(value);
  const median = number(own.ratio);
  return median === null ? ABSENT : withInterval({ median, interval: interval(own.ci95) }, ratio);
}

const OVERLAPS = { true: 'overlap', false: 'do not overlap' };

function agreementOf({ to_reference: ratios, reference }, contestant) {
  if (contestant === reference) return 'reference';
  const overlap = object(ratios).intervals_overlap;
  if (typeof overlap !== 'boolean') return ABSENT;
  return html`<span class="verdict ${overlap ? '' : 'slower'}">${OVERLAPS[overlap]}</span>`;
}

const titleOf = (tables, name) =>
  tables.workloads.find((workload) => workload.name === name)?.title ?? name;

const COLUMNS = [
  { text: 'Contestant' },
  { text: 'Figure' },
  { text: 'A', isFigure: true },
  { text: 'B', isFigure: true },
  { text: 'B ÷ A (information only)', isFigure: true },
  { text: 'Ratio to the reference, A', isFigure: true },
  { text: 'Ratio to the reference, B', isFigure: true },
  { text: 'Intervals of the ratios' },
];

function rowsOf(tables, { contestant, figures }) {
  return list(figures).map((entry) => [
    badge(tables, contestant),
    metricOf(entry.metric).label,
    absolute(entry.a, entry.metric),
    absolute(entry.b, entry.metric),
    ratio(number(entry.b_to_a_for_information)),
    relative(object(entry.to_reference).a),
    relative(object(entry.to_reference).b),
    agreementOf(entry, contestant),
  ]);
}

function cells(tables, comparison) {
  const compared = comparison.cells.filter(({ figures }) => list(figures).length > 0);
  const names = [...new Set(compared.map(({ workload }) => workload))];
  const groups = names.map((name) => ({
    title: titleOf(tables, name),
    note: tables.workloads.find((workload) => workload.name === name)?.condition ?? '',
    rows: compared
      .filter(({ workload }) => workload === name)
      .flatMap((cell) => rowsOf(tables, cell)),
  }));
  return html`<section id="cells"><h2>Cells in both runs</h2>
<p class="hint">Medians with 95 % intervals. A ratio to the reference is paired within the restarts
of its own run. Compare the two runs by these ratios only.</p>
${
  groups.length > 0
    ? table({ label: 'Cells in both runs', columns: COLUMNS, groups, isTall: true })
    : html`<p>No cell can be compared.</p>`
}
</section>`;
}

/// {workload, contestant, metric, overlap} of every ratio to the reference that both runs have.
const agreements = (comparison) =>
  comparison.cells.flatMap(({ workload, contestant, figures }) =>
    list(figures)
      .map((entry) => ({ metric: entry.metric, ratios: object(entry.to_reference) }))
      .filter(({ ratios }) => typeof ratios.intervals_overlap === 'boolean')
      .map(({ metric, ratios }) => ({
        workload,
        contestant,
        metric,
        overlap: ratios.intervals_overlap,
      })),
  );

/// How many ratios to the reference differ, which ones, and what the comparison cannot show.
function answer(tables, comparison) {
  const all = agreements(comparison);
  const apart = all.filter(({ overlap }) => !overlap);
  return html`<section id="answer"><h2>Result</h2>
<p class="verdict-line">${apart.length} of ${all.length} ratios to the reference have intervals that
do not overlap.</p>
${
  apart.length > 0 &&
  html`<ul>${apart.map(
    ({ workload, contestant, metric }) =>
      html`<li>${titleOf(tables, workload)}: ${badge(tables, contestant)}, ${metricOf(metric).label}</li>`,
  )}</ul>`
}
${
  comparison.environments_differ === true &&
  html`<p class="warning">The environments differ. This alone can change the ratios.</p>`
}
<p>${sentences(stringOr(comparison.cannot_show, ''))}</p></section>`;
}

const shown = (value) =>
  flatten(value)
    .map(([key, text]) => (key === '' ? text : `${key} ${text}`))
    .join(', ') || ABSENT;

function differences(comparison) {
  const rows = list(comparison.differences).map((entry) => [
    entry.what,
    entry.about,
    shown(entry.a),
    shown(entry.b),
  ]);
  return html`<section id="differences"><h2>Differences in environment and plan</h2>
${
  rows.length > 0
    ? table({
        label: 'Differences in environment and plan',
        columns: [{ text: 'Property' }, { text: 'Part' }, { text: 'A' }, { text: 'B' }],
        groups: [{ rows }],
        stacks: true,
      })
    : html`<p>Environments and plans are identical.</p>`
}</section>`;
}

function notCompared(tables, comparison) {
  const rows = [
    ...comparison.cells
      .filter(({ reason }) => typeof reason === 'string')
      .map((cell) => [cell.workload, cell.contestant, cell.reason]),
    ...list(comparison.only_in_a).map((cell) => [cell.workload, cell.contestant, 'only in A']),
    ...list(comparison.only_in_b).map((cell) => [cell.workload, cell.contestant, 'only in B']),
  ].map(([workload, contestant, reason]) => [titleOf(tables, workload), contestant, reason]);
  return html`<section id="left-out"><h2>Cells that are not compared</h2>
${
  rows.length > 0
    ? html`<details><summary>${rows.length} cells and reasons</summary>${table({
        label: 'Cells that are not compared',
        columns: [{ text: 'Workload' }, { text: 'Contestant' }, { text: 'Reason' }],
        groups: [{ rows }],
      })}</details>`
    : html`<p>All cells are compared.</p>`
}</section>`;
}

const NOT_PROPERTIES = ['doctor', 'jitter', 'cpu_activity'];

/// Every property of both environments; those that differ are bold in B.
function environments(a, b) {
  const propertiesOf = (run) =>
    new Map(
      flatten({ sockbench: run.sockbench, environment: run.environment }).filter(
        ([key]) => !NOT_PROPERTIES.some((name) => key.startsWith(`environment.${name}`)),
      ),
    );
  const [inA, inB] = [propertiesOf(a), propertiesOf(b)];
  const rows = [...new Set([...inA.keys(), ...inB.keys()])].map((key) => {
    const [left, right] = [inA.get(key) ?? null, inB.get(key) ?? null];
    return [key, left, left === right ? right : html`<b>${right ?? ABSENT}</b>`];
  });
  return html`<section id="environment"><h2>Environments</h2>
${table({
  label: 'Environments',
  columns: [{ text: 'Property' }, { text: 'A' }, { text: 'B' }],
  groups: [{ rows }],
  stacks: true,
})}</section>`;
}

const runLine = (name, run) => html`<div><dt>${name}</dt><dd>${
  typeof run.started_at === 'string' ? date(run.started_at) : 'date not recorded'
} · commit ${stringOr(object(run.sockbench).git_commit, 'unknown')} · ${run.contestants.length}
 contestants on ${run.workloads.length} workloads</dd></div>
`;

/// The page. `a` and `b` are complete runs, `comparison` is the output of sockbench compare --json.
export function comparePageOf(a, b, comparison) {
  const tables = tablesOf(b);
  return documentOf({
    title: 'sockbench: comparison of two runs',
    header: html`<header><h1>Comparison of two runs</h1>
<dl class="meta">${runLine('A', a)}${runLine('B', b)}</dl></header>`,
    tables,
    links: [
      ['answer', 'Result'],
      ['differences', 'Differences'],
      ['cells', 'Cells'],
      ['left-out', 'Not compared'],
      ['environment', 'Environments'],
    ],
    script: null,
    sections: [
      answer(tables, comparison),
      differences(comparison),
      cells(tables, comparison),
      notCompared(tables, comparison),
      environments(a, b),
    ],
  });
}
