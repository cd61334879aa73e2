// Every paired comparison, with what it could have detected.

import { percent, probability, ratio } from '../format.mjs';
import { metricOf } from '../metrics.mjs';
import { isComparable, verdictWords, whyNot } from '../tables.mjs';
import { html } from '../text.mjs';
import { badge, controlLine, table, workloadTitle } from './parts.mjs';

const COLUMNS = [
  { text: 'Workload' },
  { text: 'Contestant' },
  { text: 'against' },
  { text: 'Ratio', isFigure: true },
  { text: '95 % interval', isFigure: true },
  { text: 'Verdict' },
  { text: 'p (Holm)', isFigure: true },
  { text: 'Detectable from', isFigure: true },
  { text: 'Restarts', isFigure: true },
];

/// The verdict, or why there is none. Where a cell's figure may not be compared it is pale, and says
/// why.
function verdictOf(tables, comparison) {
  const { workload, metric, base, head, verdict } = comparison;
  const words = verdictWords(comparison);
  const doubtful = [head, base]
    .map((contestant) => tables.cell(contestant, workload))
    .find((cell) => cell && !isComparable(cell, metric));
  if (!doubtful) return verdict && html`<span class="verdict ${verdict}">${words}</span>`;
  const isOfStatus = doubtful.status !== 'valid';
  return html`<span class="verdict doubtful">${words}</span>
${
    isOfStatus
      ? html`<span class="status ${doubtful.status}">${doubtful.status}</span>`
      : html`<small>${whyNot(doubtful, metric)}</small>`
  }`;
}

function rowOf(tables, comparison) {
  const { interval } = comparison;
  return [
    workloadTitle(tables, comparison.workload),
    badge(tables, comparison.head),
    badge(tables, comparison.base),
    ratio(comparison.ratio),
    interval && `${ratio(interval.low)} – ${ratio(interval.high)}`,
    verdictOf(tables, comparison),
    probability(comparison.pHolm),
    comparison.detectable === null ? null : `± ${percent(comparison.detectable)}`,
    comparison.restarts,
  ];
}

export function comparisons(tables) {
  if (tables.comparisons.length === 0) {
    return html`<section id="comparisons"><h2>Comparisons</h2>
<p>run.json holds no comparisons.</p></section>`;
  }
  const metrics = [...new Set(tables.comparisons.map(({ metric }) => metric))];
  const groups = metrics.map((path) => {
    const { label, better } = metricOf(path);
    return {
      title: label,
      note: better ? `${better} is better` : path,
      rows: tables.comparisons
        .filter(({ metric }) => metric === path)
        .map((comparison) => rowOf(tables, comparison)),
    };
  });
  return html`<section id="comparisons"><h2>Comparisons</h2>
<p class="hint">A ratio is contestant over reference, paired within restarts. “Faster” means better:
more requests, less CPU or less time, and significant (Holm-corrected over one metric, 5 %). A tie
is a finding, the interval lies inside the margin. “Detectable from” is the smallest difference that
the comparison finds in four of five cases, at the level of its verdict.</p>
${controlLine(tables)}
${table({ label: 'Comparisons', columns: COLUMNS, groups, isTall: true })}</section>`;
}
