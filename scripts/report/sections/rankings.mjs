// Who is ahead on which workload: the rankings of run.json, one line per workload and metric.

import { ratio } from '../format.mjs';
import { metricOf } from '../metrics.mjs';
import { reasonWords } from '../tables.mjs';
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

/// Why several have one rank: a tie, or nothing that was significant.
const sharedWords = (entries) =>
  entries.length > 1 && (entries.map(({ reason }) => reasonWords(reason)).find(Boolean) ?? 'level');

function placeOf(tables, rank, entries) {
  const names = entries.map(
    ({ contestant, ratio: value }) =>
      html`${badge(tables, contestant)}${value !== null && html` <small>${ratio(value)}</small>`} `,
  );
  const words = rank === null ? reasonWords(entries[0].reason) : sharedWords(entries);
  const level = words && html`<span class="level">${words}</span> `;
  return html`<li><span class="rank">${rank ?? '–'}</span> ${level}${names}</li>`;
}

const FIGURE = /\d+(?:\.\d+)?/g;

/// Reasons that differ in their figures only, as one: "the generator used 92.8–97.3 % of its CPU".
export function mergedReason(reasons) {
  const figures = reasons.map((reason) => reason.match(FIGURE) ?? []);
  let place = 0;
  return reasons[0].replace(FIGURE, (first) => {
    const column = figures.map((own) => own[place]);
    place += 1;
    const sorted = [...column].sort((x, y) => Number(x) - Number(y));
    return new Set(column).size === 1 ? first : `${sorted[0]}–${sorted[sorted.length - 1]}`;
  });
}

/// What kind of reason it is, without its explanation: "generator_bound".
const kindOf = (reason) => (/^\w+(?=: )/.exec(reason) ?? [''])[0];

/// {names, text}: one entry per reason, with all whom it concerns. What `told` holds was said on an
/// earlier line about the same workload and is not said again; what is said here is added to it.
export function unrankedLines(unranked, told) {
  const byReason = new Map();
  for (const { contestant, reason: given } of unranked) {
    const reason = typeof given === 'string' ? given : '';
    const key = reason.replace(FIGURE, '#');
    byReason.set(key, [...(byReason.get(key) ?? []), { contestant, reason }]);
  }
  return [...byReason.values()].map((entries) => {
    const keys = entries.map((entry) => JSON.stringify(entry));
    const isTold = keys.every((key) => told.has(key));
    for (const key of keys) told.add(key);
    const reason = mergedReason(entries.map((entry) => entry.reason));
    const short = [kindOf(reason), 'as above'].filter(Boolean).join(', ');
    return {
      names: entries.map(({ contestant }) => contestant),
      text: isTold && reason !== '' ? short : reason,
    };
  });
}

function unrankedOf(tables, unranked, told) {
  return html`<ul class="plain">${unrankedLines(unranked, told).map(
    ({ names, text }) =>
      html`<li>${names.map((name) => html`${badge(tables, name)} `)}${
        text && html`<small>${text}</small>`
      }</li>`,
  )}</ul>`;
}

function workloadHead(workload, rows) {
  return html`<th scope="rowgroup" rowspan="${rows}">${workload.title}
<small>${workload.condition}</small></th>`;
}

function rankingRow(tables, ranking, head, told) {
  const metric = metricOf(ranking.metric);
  const ranked = places(ranking.ranked).map(([rank, entries]) => placeOf(tables, rank, entries));
  return html`<tr>${head}
<td class="metric">${metric.label} ${
    metric.better && html`<small>${metric.better} is better</small>`
  }</td>
<td>${ranked.length > 0 ? html`<ol class="places">${ranked}</ol>` : 'nobody is ranked'}</td>
<td>${ranking.unranked.length > 0 ? unrankedOf(tables, ranking.unranked, told) : '–'}</td></tr>
`;
}

/// All rankings as one table, in the order of the workloads.
export function rankings(tables) {
  const rows = tables.workloads.flatMap((workload) => {
    const own = tables.rankings.filter((ranking) => ranking.workload === workload.name);
    const told = new Set();
    return own.map((ranking, index) =>
      rankingRow(tables, ranking, index === 0 && workloadHead(workload, own.length), told),
    );
  });
  if (rows.length === 0)
    return html`<p>run.json holds no rankings, so there is no order to report.</p>`;
  return html`<div class="scroll" role="region" aria-label="Rankings" tabindex="0">
<table class="answer stack"><thead><tr><th scope="col">Workload</th>
<th scope="col">Ranked by</th><th scope="col">Order, best first</th>
<th scope="col">Not ranked</th></tr></thead><tbody>
${rows}</tbody></table></div>
<p class="hint">Contestants on the same rank do not differ significantly (Holm-corrected, 5 %), or tie. “Too few
restarts” says that no figures could have decided it. The figure beside a name is its ratio to the
reference contestant of the workload.</p>`;
}
