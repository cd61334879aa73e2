// Who wins where: the rankings of run.json, one line per workload and metric.

import { ratio } from '../format.mjs';
import { metricOf } from '../metrics.mjs';
import { texts } from '../tables.mjs';
import { html } from '../text.mjs';
import { badge } from './parts.mjs';

/// Contestants in order of rank, those with the same rank together.
function places(ranked) {
  const byRank = new Map();
  for (const entry of ranked) {
    byRank.set(entry.rank, [...(byRank.get(entry.rank) ?? []), entry]);
  }
  return [...byRank.entries()].sort(([a], [b]) => (a ?? Infinity) - (b ?? Infinity));
}

function placeOf(tables, rank, entries) {
  const names = entries.map(
    ({ contestant, ratio: value }) =>
      html`${badge(tables, contestant)}${value !== null && html` <small>${ratio(value)}</small>`} `,
  );
  const level = entries.length > 1 && html`<span class="level">level</span> `;
  return html`<li><span class="rank">${rank ?? '–'}</span> ${level}${names}</li>`;
}

/// One line per reason, with all whom it concerns.
function unrankedOf(tables, unranked) {
  const byReason = new Map();
  for (const { contestant, reason } of unranked) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), contestant]);
  }
  return html`<ul class="plain">${[...byReason.entries()].map(
    ([reason, names]) =>
      html`<li>${names.map((name) => html`${badge(tables, name)} `)}${
        reason && html`<small>${reason}</small>`
      }</li>`,
  )}</ul>`;
}

function workloadHead(workload, rows) {
  return html`<th scope="rowgroup" rowspan="${rows}">${workload.title}
<small>${workload.condition}</small></th>`;
}

function rankingRow(tables, ranking, head) {
  const metric = metricOf(ranking.metric);
  const ranked = places(ranking.ranked).map(([rank, entries]) => placeOf(tables, rank, entries));
  return html`<tr>${head}
<td class="metric">${metric.label} ${
    metric.better && html`<small>${metric.better} is better</small>`
  }</td>
<td>${ranked.length > 0 ? html`<ol class="places">${ranked}</ol>` : 'nobody is ranked'}</td>
<td>${ranking.unranked.length > 0 ? unrankedOf(tables, ranking.unranked) : '–'}</td></tr>
`;
}

function rankingTable(tables) {
  const rows = tables.workloads.flatMap((workload) => {
    const own = tables.rankings.filter((ranking) => ranking.workload === workload.name);
    return own.map((ranking, index) =>
      rankingRow(tables, ranking, index === 0 && workloadHead(workload, own.length)),
    );
  });
  if (rows.length === 0)
    return html`<p>run.json holds no rankings, so there is no order to report.</p>`;
  return html`<div class="scroll" role="region" aria-label="Rankings" tabindex="0">
<table class="answer stack"><thead><tr><th scope="col">Workload</th>
<th scope="col">Ranked by</th><th scope="col">Order, best first</th>
<th scope="col">Not ranked</th></tr></thead><tbody>
${rows}</tbody></table></div>
<p class="hint">Contestants on the same rank could not be told apart. The figure beside a name is its ratio to the
reference contestant of the workload.</p>`;
}

export function answer(run, tables) {
  const headlines = texts(run.headline);
  return html`<section id="answer"><h2>The answer</h2>
${
  headlines.length > 0 &&
  html`<ul class="headlines">${headlines.map((line) => html`<li>${line}</li>`)}</ul>`
}
${rankingTable(tables)}</section>`;
}
