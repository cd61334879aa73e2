// Two runs side by side: what differs around them, and both figures of every cell they share. The
// ratios and whether intervals overlap are those of `sockbench compare`; nothing is computed here.

import { ABSENT, date, figure, percent, ratio, time } from './format.mjs';
import { metricOf } from './metrics.mjs';
import { documentOf } from './page.mjs';
import { flatten } from './sections/environment.mjs';
import { badge, table, withInterval } from './sections/parts.mjs';
import { interval, list, number, object, textOr } from './json.mjs';
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
  if (contestant === reference) return 'the reference';
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
  { text: 'B ÷ A, for information', isFigure: true },
  { text: 'To the reference in A', isFigure: true },
  { text: 'To the reference in B', isFigure: true },
  { text: 'These intervals' },
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
  return html`<section id="cells"><h2>Cells of both runs</h2>
<p class="hint">Medians with 95 % intervals. “To the reference” is each run's own ratio, paired within
its restarts: the only figures here that can be held against each other.</p>
${groups.length > 0 ? table({ label: 'Cells of both runs', columns: COLUMNS, groups, isTall: true }) : html`<p>No cell can be compared.</p>`}
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

/// How many ratios to the reference agree, which do not, and what a comparison cannot show.
function answer(tables, comparison) {
  const all = agreements(comparison);
  const apart = all.filter(({ overlap }) => !overlap);
  return html`<section id="answer"><h2>What can be said</h2>
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
  html`<p class="warning">The environments differ: ratios may differ for that reason alone.</p>`
}
<p>${sentences(textOr(comparison.cannot_show, ''))}</p></section>`;
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
  return html`<section id="differences"><h2>What differs around them</h2>
${
  rows.length > 0
    ? table({
        label: 'What differs around them',
        columns: [{ text: 'What' }, { text: 'Of the' }, { text: 'A' }, { text: 'B' }],
        groups: [{ rows }],
        stacks: true,
      })
    : html`<p>Environments and plans are alike.</p>`
}</section>`;
}

function leftOut(tables, comparison) {
  const rows = [
    ...comparison.cells
      .filter(({ reason }) => typeof reason === 'string')
      .map((cell) => [cell.workload, cell.contestant, cell.reason]),
    ...list(comparison.only_in_a).map((cell) => [cell.workload, cell.contestant, 'only in A']),
    ...list(comparison.only_in_b).map((cell) => [cell.workload, cell.contestant, 'only in B']),
  ].map(([workload, contestant, reason]) => [titleOf(tables, workload), contestant, reason]);
  return html`<section id="left-out"><h2>What is not compared</h2>
${
  rows.length > 0
    ? html`<details><summary>${rows.length} cells, and why</summary>${table({
        label: 'What is not compared',
        columns: [{ text: 'Workload' }, { text: 'Contestant' }, { text: 'Why' }],
        groups: [{ rows }],
      })}</details>`
    : html`<p>Everything is.</p>`
}</section>`;
}

const NOT_FACTS = ['doctor', 'jitter', 'cpu_activity'];

/// Every fact of both environments, those that differ marked.
function environments(a, b) {
  const factsOf = (run) =>
    new Map(
      flatten({ sockbench: run.sockbench, environment: run.environment }).filter(
        ([key]) => !NOT_FACTS.some((name) => key.startsWith(`environment.${name}`)),
      ),
    );
  const [inA, inB] = [factsOf(a), factsOf(b)];
  const rows = [...new Set([...inA.keys(), ...inB.keys()])].map((key) => {
    const [left, right] = [inA.get(key) ?? null, inB.get(key) ?? null];
    return [key, left, left === right ? right : html`<b>${right ?? ABSENT}</b>`];
  });
  return html`<section id="environment"><h2>Both environments</h2>
${table({
  label: 'Both environments',
  columns: [{ text: 'Fact' }, { text: 'A' }, { text: 'B' }],
  groups: [{ rows }],
  stacks: true,
})}</section>`;
}

const runLine = (name, run) => html`<div><dt>${name}</dt><dd>${
  typeof run.started_at === 'string' ? date(run.started_at) : 'date not recorded'
} · commit ${textOr(object(run.sockbench).git_commit, 'not known')} · ${run.contestants.length}
 contestants on ${run.workloads.length} workloads</dd></div>
`;

/// The page. `a` and `b` are whole runs, `comparison` is what sockbench compare --json gives.
export function comparePageOf(a, b, comparison) {
  const tables = tablesOf(b);
  return documentOf({
    title: 'sockbench: two runs',
    header: html`<header><h1>Two runs side by side</h1>
<dl class="meta">${runLine('A', a)}${runLine('B', b)}</dl></header>`,
    tables,
    links: [
      ['answer', 'Answer'],
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
      leftOut(tables, comparison),
      environments(a, b),
    ],
  });
}
