// Every paired comparison, with its minimum detectable effect.

import { percent, probability, ratio } from '../format.mjs';
import { metricOf } from '../metrics.mjs';
import { isEligible, verdictText, ineligibleReason } from '../tables.mjs';
import { html } from '../text.mjs';
import { badge, controlLine, table, workloadTitle } from './parts.mjs';

const COLUMNS = [
  { text: 'Workload' },
  { text: 'Contestant' },
  { text: 'Compared with' },
  { text: 'Ratio', isFigure: true },
  { text: '95 % interval', isFigure: true },
  { text: 'Verdict' },
  { text: 'p (Holm)', isFigure: true },
  { text: 'Minimum detectable effect', isFigure: true },
  { text: 'Restarts', isFigure: true },
];

/// The verdict, or the reason why there is none. If the figure of a cell is not eligible, the
/// verdict is pale, with the reason.
function verdictOf(tables, comparison) {
  const { workload, metric, base, head, verdict } = comparison;
  const text = verdictText(comparison);
  const ineligible = [head, base]
    .map((contestant) => tables.cell(contestant, workload))
    .find((cell) => cell && !isEligible(cell, metric));
  if (!ineligible) return verdict && html`<span class="verdict ${verdict}">${text}</span>`;
  const isOfStatus = ineligible.status !== 'valid';
  return html`<span class="verdict ineligible">${text}</span>
${
  isOfStatus
    ? html`<span class="status ${ineligible.status}">${ineligible.status}</span>`
    : html`<small>${ineligibleReason(ineligible, metric)}</small>`
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
<p>run.json contains no comparisons.</p></section>`;
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
<p class="hint">A ratio is contestant ÷ reference, paired within restarts. “Faster” means better
(more requests, less CPU or less time) and significant (Holm-corrected over one metric, 5 %). “Tie”
means that the interval is within the margin. The minimum detectable effect is the smallest
difference that the comparison detects in four of five cases, at the level of its verdict.</p>
${controlLine(tables)}
${table({ label: 'Comparisons', columns: COLUMNS, groups, isTall: true })}</section>`;
}
