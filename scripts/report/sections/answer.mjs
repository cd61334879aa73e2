// The answer: which model when, by how much, and what speaks against it.

import { adviceOf, adviceSentences } from '../advice.mjs';
import { ratio } from '../format.mjs';
import { metricOf } from '../metrics.mjs';
import { texts } from '../json.mjs';
import { reasonWords } from '../tables.mjs';
import { html, raw, sentences } from '../text.mjs';
import { badge, table } from './parts.mjs';
import { rankings } from './rankings.mjs';

const FEW = 4; // names in one line; more are counted and stand in the details

const badges = (tables, names) =>
  names.map((name, index) => html`${index > 0 && raw(' ')}${badge(tables, name)}`);

/// The names, or the first ones and how many more there are.
function some(tables, names) {
  const rest = names.length - FEW;
  return html`${badges(tables, names.slice(0, FEW))}${rest > 0 && html` and ${rest} more`}`;
}

const spanOf = ({ ratio: value, interval }) =>
  html`${ratio(value)}${
    interval && html` <small>${ratio(interval.low)} – ${ratio(interval.high)}</small>`
  }`;

function verdictOf(tables, row) {
  if (row.winner !== null) {
    return html`<p class="winner">${badge(tables, row.winner)}</p>${
      row.ties.length > 0 &&
      html`<p><span class="pill tie">tie</span> with ${some(tables, row.ties)}</p>`
    }`;
  }
  if (row.best === null) {
    return html`<p><span class="pill open">not decided</span></p>
<p><small>${sentences(row.undecided ?? 'no figures')}</small></p>`;
  }
  if (row.group.length > 0) {
    return html`<p><span class="pill tie">one of ${row.group.length}</span> ${some(tables, row.group)}</p>
<p><small>not significantly different from the first; all others are behind</small></p>`;
  }
  const rivals = row.open;
  const why = reasonWords(row.openReason) ?? reasonWords('not_significant');
  return html`<p><span class="pill open">not decided</span></p>
<p>best figure: ${badge(tables, row.best)}${
    rivals.length > 0 && html`<br><small>${why}: ${some(tables, rivals)}</small>`
  }</p>${rivals.length === 0 && row.undecided && html`<p><small>${sentences(row.undecided)}</small></p>`}`;
}

/// The margin; where nothing is decided, how far away the nearest rival is.
function marginOf(tables, { margin, winner, rivals }) {
  if (margin === null && rivals.length === 0) return html`<small>nobody to compare with</small>`;
  const other = margin ?? rivals[0];
  const role =
    winner !== null ? 'next' : margin === null ? 'nearest' : 'first that is behind';
  return html`${spanOf(other)}<br><small>${role}:</small> ${badge(tables, other.contestant)}`;
}

/// The objections to the winner, or to whoever is best; those to others are in the details.
function objections(row) {
  const about = row.winner ?? row.best;
  return row.against
    .filter((line) => about !== null && line.startsWith(`${about}: `))
    .map((line) => line.slice(about.length + 2));
}

const againstOf = (row) => {
  const lines = objections(row);
  if (lines.length === 0) return html`<small>nothing found</small>`;
  return html`<ul class="plain">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
};

const VERDICTS = {
  not_told_apart: 'not significant', // of earlier versions
  not_significant: 'not significant',
  too_few_restarts: 'too few restarts',
  slightly_worse: 'slightly worse',
  worse: 'worse',
};

function rivalsTable(tables, row) {
  const rows = row.rivals.map((rival) => [
    badge(tables, rival.contestant),
    ratio(rival.ratio),
    rival.interval && `${ratio(rival.interval.low)} – ${ratio(rival.interval.high)}`,
    VERDICTS[rival.verdict] ?? rival.verdict,
  ]);
  return table({
    label: `${row.situation}: all ratios`,
    columns: [
      { text: 'Contestant' },
      { text: 'Times the best figure', isFigure: true },
      { text: '95 % interval', isFigure: true },
      { text: 'Verdict' },
    ],
    groups: [{ rows }],
  });
}

function outList(tables, { out }) {
  const byReason = new Map();
  for (const { contestant, reason } of out) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), contestant]);
  }
  return html`<p>Left out:</p><ul class="plain">${[...byReason].map(
    ([reason, names]) => html`<li>${badges(tables, names)} <small>${reason}</small></li>`,
  )}</ul>`;
}

function detailsOf(tables, row) {
  const others = row.against.filter((line) => !line.startsWith(`${row.winner ?? row.best}: `));
  if (row.rivals.length + row.out.length + others.length === 0) return null;
  return html`<details><summary>${row.question}</summary>
${row.undecided && html`<p>${sentences(row.undecided)}</p>`}
${row.missing.length > 0 && html`<p>Not in this run: ${row.missing.join(', ')}.</p>`}
${row.rivals.length > 0 && rivalsTable(tables, row)}
${
  others.length > 0 &&
  html`<p>Against the others:</p><ul class="plain">${others.map((line) => html`<li>${line}</li>`)}</ul>`
}
${row.out.length > 0 && outList(tables, row)}</details>
`;
}

const ADVICE_COLUMNS = [
  { text: 'Situation' },
  { text: 'Use' },
  { text: 'Ahead by' },
  { text: 'What speaks against it' },
];

function situationOf(row) {
  const { label, better } = metricOf(row.metric);
  return html`${row.question}<small>${label}${better && `, ${better} is better`}</small>`;
}

function adviceTable(tables, rows) {
  return html`${table({
    label: 'Which model when',
    className: 'advice',
    columns: ADVICE_COLUMNS,
    groups: [
      {
        rows: rows.map((row) => [
          situationOf(row),
          verdictOf(tables, row),
          marginOf(tables, row),
          againstOf(row),
        ]),
      },
    ],
    stacks: true,
  })}
<p class="hint">“Ahead by” says how many times the best figure the next one has, with its 95 %
interval; 1× is no difference.</p>
<details><summary>All ratios, what else speaks against whom, and who was left out</summary>
<div class="nested">${rows.map((row) => detailsOf(tables, row))}</div></details>`;
}

export function answer(run, tables) {
  const rows = adviceOf(run);
  const headlines = texts(run.headline);
  return html`<section id="answer"><h2>Which model when</h2>
${adviceSentences(rows).map(
  (line, index) => html`<p class="${index === 0 ? 'verdict-line' : 'lead'}">${line}</p>
`,
)}
${
  rows.length > 0
    ? adviceTable(tables, rows)
    : html`<p>run.json holds no advice, so there is no answer by situation.</p>`
}
${
  headlines.length > 0 &&
  html`<details${rows.length === 0 && raw(' open')}><summary>In one line per workload</summary>
<ul class="headlines">${headlines.map((line) => html`<li>${line}</li>`)}</ul></details>`
}
<details${rows.length === 0 && raw(' open')}><summary>Rankings, workload by workload</summary>
${rankings(tables)}</details></section>`;
}
