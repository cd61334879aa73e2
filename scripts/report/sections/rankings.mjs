// The rankings of run.json, one line per workload and metric.

import { ratio } from '../format.mjs';
import { metricOf } from '../metrics.mjs';
import { reasonText } from '../tables.mjs';
import { html } from '../text.mjs';
import { badge } from './parts.mjs';

/// Contestants by rank: [rank, entries].
function byRankOf(ranked) {
  const byRank = new Map();
  for (const entry of ranked) {
    byRank.set(entry.rank, [...(byRank.get(entry.rank) ?? []), entry]);
  }
  return [...byRank.entries()].sort(([a], [b]) => (a ?? Infinity) - (b ?? Infinity));
}

/// Why several contestants have the same rank.
const sharedText = (entries) =>
  entries.length > 1 &&
  (entries.map(({ reason }) => reasonText(reason)).find(Boolean) ?? 'same rank');

function rankOf(tables, rank, entries) {
  const names = entries.map(
    ({ contestant, ratio: value }) =>
      html`${badge(tables, contestant)}${value !== null && html` <small>${ratio(value)}</small>`} `,
  );
  const text = rank === null ? reasonText(entries[0].reason) : sharedText(entries);
  const shared = text && html`<span class="shared">${text}</span> `;
  return html`<li><span class="rank">${rank ?? '–'}</span> ${shared}${names}</li>`;
}

const NUMBER = /\d+(?:\.\d+)?/g;

/// Merges reasons that differ only in their numbers: "the generator used 92.8–97.3 % of its CPU".
export function mergedReason(reasons) {
  const figures = reasons.map((reason) => reason.match(NUMBER) ?? []);
  let place = 0;
  return reasons[0].replace(NUMBER, (first) => {
    const column = figures.map((own) => own[place]);
    place += 1;
    const sorted = [...column].sort((x, y) => Number(x) - Number(y));
    return new Set(column).size === 1 ? first : `${sorted[0]}–${sorted[sorted.length - 1]}`;
  });
}

/// The status at the start of a reason, such as "generator_bound".
const kindOf = (reason) => (/^\w+(?=: )/.exec(reason) ?? [''])[0];

/// {names, text}: one entry per reason with all its contestants. Reasons in `shown` were shown for
/// an earlier ranking of the workload and are abbreviated; new ones are added to it.
export function unrankedLines(unranked, shown) {
  const byReason = new Map();
  for (const { contestant, reason: given } of unranked) {
    const reason = typeof given === 'string' ? given : '';
    const key = reason.replace(NUMBER, '#');
    byReason.set(key, [...(byReason.get(key) ?? []), { contestant, reason }]);
  }
  return [...byReason.values()].map((entries) => {
    const keys = entries.map((entry) => JSON.stringify(entry));
    const isShown = keys.every((key) => shown.has(key));
    for (const key of keys) shown.add(key);
    const reason = mergedReason(entries.map((entry) => entry.reason));
    const short = [kindOf(reason), 'as above'].filter(Boolean).join(', ');
    return {
      names: entries.map(({ contestant }) => contestant),
      text: isShown && reason !== '' ? short : reason,
    };
  });
}

function unrankedOf(tables, unranked, shown) {
  return html`<ul class="plain">${unrankedLines(unranked, shown).map(
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

function rankingRow(tables, ranking, head, shown) {
  const metric = metricOf(ranking.metric);
  const ranked = byRankOf(ranking.ranked).map(([rank, entries]) => rankOf(tables, rank, entries));
  return html`<tr>${head}
<td class="metric">${metric.label} ${
    metric.better && html`<small>${metric.better} is better</small>`
  }</td>
<td>${ranked.length > 0 ? html`<ol class="places">${ranked}</ol>` : 'no contestant is ranked'}</td>
<td>${ranking.unranked.length > 0 ? unrankedOf(tables, ranking.unranked, shown) : '–'}</td></tr>
`;
}

/// All rankings as one table, in the order of the workloads.
export function rankings(tables) {
  const rows = tables.workloads.flatMap((workload) => {
    const own = tables.rankings.filter((ranking) => ranking.workload === workload.name);
    const shown = new Set();
    return own.map((ranking, index) =>
      rankingRow(tables, ranking, index === 0 && workloadHead(workload, own.length), shown),
    );
  });
  if (rows.length === 0) return html`<p>run.json contains no rankings.</p>`;
  return html`<div class="scroll" role="region" aria-label="Rankings" tabindex="0">
<table class="answer stack"><thead><tr><th scope="col">Workload</th>
<th scope="col">Ranked by</th><th scope="col">Order, best first</th>
<th scope="col">Not ranked</th></tr></thead><tbody>
${rows}</tbody></table></div>
<p class="hint">Contestants with the same rank are tied or do not differ significantly
(Holm-corrected, 5 %). “Too few restarts” means that no result could have been significant. The
number next to a name is its ratio to the reference contestant of the workload.</p>`;
}
