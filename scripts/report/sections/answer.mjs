// The advice: the best model for each situation, its margin and its drawbacks.

import { adviceOf, adviceSentences } from '../advice.mjs';
import { ratio } from '../format.mjs';
import { metricOf } from '../metrics.mjs';
import { strings } from '../json.mjs';
import { reasonText } from '../tables.mjs';
import { html, raw, sentences } from '../text.mjs';
import { badge, table } from './parts.mjs';
import { rankings } from './rankings.mjs';

const MAX_NAMES = 4; // in one line; the details have all

const badges = (tables, names) =>
  names.map((name, index) => html`${index > 0 && raw(' ')}${badge(tables, name)}`);

/// The names; if there are more than MAX_NAMES, the first ones and the number of the others.
function firstBadges(tables, names) {
  const rest = names.length - MAX_NAMES;
  return html`${badges(tables, names.slice(0, MAX_NAMES))}${rest > 0 && html` and ${rest} more`}`;
}

const spanOf = ({ ratio: value, interval }) =>
  html`${ratio(value)}${
    interval && html` <small>${ratio(interval.low)} – ${ratio(interval.high)}</small>`
  }`;

function verdictOf(tables, row) {
  if (row.winner !== null) {
    return html`<p class="winner">${badge(tables, row.winner)}</p>${
      row.ties.length > 0 &&
      html`<p><span class="pill tie">tie</span> with ${firstBadges(tables, row.ties)}</p>`
    }`;
  }
  if (row.best === null) {
    return html`<p><span class="pill open">not decided</span></p>
<p><small>${sentences(row.undecided ?? 'no figures')}</small></p>`;
  }
  if (row.group.length > 0) {
    return html`<p><span class="pill tie">one of ${row.group.length}</span> ${firstBadges(tables, row.group)}</p>
<p><small>not significantly different from the best; all others are worse</small></p>`;
  }
  const reason = reasonText(row.openReason) ?? reasonText('not_significant');
  return html`<p><span class="pill open">not decided</span></p>
<p>best figure: ${badge(tables, row.best)}${
    row.open.length > 0 && html`<br><small>${reason}: ${firstBadges(tables, row.open)}</small>`
  }</p>${row.open.length === 0 && row.undecided && html`<p><small>${sentences(row.undecided)}</small></p>`}`;
}

/// The margin; without a decision, the ratio of the nearest contestant.
function marginOf(tables, { margin, winner, runnersUp }) {
  if (margin === null && runnersUp.length === 0) return html`<small>no other contestant</small>`;
  const other = margin ?? runnersUp[0];
  const role = winner !== null ? 'next' : margin === null ? 'nearest' : 'best outside the group';
  return html`${spanOf(other)}<br><small>${role}:</small> ${badge(tables, other.contestant)}`;
}

/// The drawbacks of the winner, or of the best contestant; the details have those of the others.
function ownDrawbacks(row) {
  const about = row.winner ?? row.best;
  return row.drawbacks
    .filter((line) => about !== null && line.startsWith(`${about}: `))
    .map((line) => line.slice(about.length + 2));
}

const drawbacksOf = (row) => {
  const lines = ownDrawbacks(row);
  if (lines.length === 0) return html`<small>none found</small>`;
  return html`<ul class="plain">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
};

const VERDICTS = {
  not_told_apart: 'not significant', // of earlier versions
  not_significant: 'not significant',
  too_few_restarts: 'too few restarts',
  slightly_worse: 'slightly worse',
  worse: 'worse',
};

function runnersUpTable(tables, row) {
  const rows = row.runnersUp.map((runnerUp) => [
    badge(tables, runnerUp.contestant),
    ratio(runnerUp.ratio),
    runnerUp.interval && `${ratio(runnerUp.interval.low)} – ${ratio(runnerUp.interval.high)}`,
    VERDICTS[runnerUp.verdict] ?? runnerUp.verdict,
  ]);
  return table({
    label: `${row.situation}: all ratios`,
    columns: [
      { text: 'Contestant' },
      { text: 'Ratio to the best figure', isFigure: true },
      { text: '95 % interval', isFigure: true },
      { text: 'Verdict' },
    ],
    groups: [{ rows }],
  });
}

function exclusions(tables, { excluded }) {
  const byReason = new Map();
  for (const { contestant, reason } of excluded) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), contestant]);
  }
  return html`<p>Excluded:</p><ul class="plain">${[...byReason].map(
    ([reason, names]) => html`<li>${badges(tables, names)} <small>${reason}</small></li>`,
  )}</ul>`;
}

function detailsOf(tables, row) {
  const others = row.drawbacks.filter((line) => !line.startsWith(`${row.winner ?? row.best}: `));
  if (row.runnersUp.length + row.excluded.length + others.length === 0) return null;
  return html`<details><summary>${row.question}</summary>
${row.undecided && html`<p>${sentences(row.undecided)}</p>`}
${row.missing.length > 0 && html`<p>Not in this run: ${row.missing.join(', ')}.</p>`}
${row.runnersUp.length > 0 && runnersUpTable(tables, row)}
${
  others.length > 0 &&
  html`<p>Drawbacks of the others:</p><ul class="plain">${others.map((line) => html`<li>${line}</li>`)}</ul>`
}
${row.excluded.length > 0 && exclusions(tables, row)}</details>
`;
}

const ADVICE_COLUMNS = [
  { text: 'Situation' },
  { text: 'Best model' },
  { text: 'Margin' },
  { text: 'Drawbacks' },
];

function situationOf(row) {
  const { label, better } = metricOf(row.metric);
  return html`${row.question}<small>${label}${better && `, ${better} is better`}</small>`;
}

function adviceTable(tables, rows) {
  return html`${table({
    label: 'Best model by situation',
    className: 'advice',
    columns: ADVICE_COLUMNS,
    groups: [
      {
        rows: rows.map((row) => [
          situationOf(row),
          verdictOf(tables, row),
          marginOf(tables, row),
          drawbacksOf(row),
        ]),
      },
    ],
    stacks: true,
  })}
<p class="hint">“Margin” is the figure of the next contestant divided by the best figure, with its
95 % interval. 1× means no difference.</p>
<details><summary>All ratios, drawbacks of the others, and exclusions</summary>
<div class="nested">${rows.map((row) => detailsOf(tables, row))}</div></details>`;
}

export function answer(run, tables) {
  const rows = adviceOf(run);
  const headlines = strings(run.headline);
  return html`<section id="answer"><h2>Best model by situation</h2>
${adviceSentences(rows).map(
  (line, index) => html`<p class="${index === 0 ? 'verdict-line' : 'lead'}">${line}</p>
`,
)}
${rows.length > 0 ? adviceTable(tables, rows) : html`<p>run.json contains no advice.</p>`}
${
  headlines.length > 0 &&
  html`<details${rows.length === 0 && raw(' open')}><summary>One line per workload</summary>
<ul class="headlines">${headlines.map((line) => html`<li>${line}</li>`)}</ul></details>`
}
<details${rows.length === 0 && raw(' open')}><summary>Rankings by workload</summary>
${rankings(tables)}</details></section>`;
}
