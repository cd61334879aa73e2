// The textbook claims: verdict, finding, figures, and the command that reproduces them.

import { ABSENT, bytes, figure, ratio, time } from '../format.mjs';
import { interval, list, number, object, stringOr } from '../json.mjs';
import { clean, html, sentences, uniqueSlugs } from '../text.mjs';
import { table } from './parts.mjs';

const VERDICTS = {
  confirmed: 'confirmed',
  refuted: 'refuted',
  inconclusive: 'inconclusive',
  not_tested: 'not tested',
};
const FORMATS = { ns: time, times: ratio, bytes };
const MAX_SHOWN = 420; // characters of a finding outside the details

const verdictText = (verdict) => VERDICTS[verdict] ?? verdict;

/// A value in a unit that suits its size; a unit without a format is appended.
function inUnit(value, unit) {
  if (value === null) return ABSENT;
  if (Object.hasOwn(FORMATS, unit)) return FORMATS[unit](value);
  return `${figure(value)} ${unit}`.trim();
}

function evidenceRow(entry) {
  const { cell, metric, value, ci95, unit } = object(entry);
  const inner = stringOr(unit, '');
  const span = interval(ci95);
  return [
    stringOr(cell, 'unknown'),
    stringOr(metric, 'unknown'),
    inUnit(number(value), inner),
    span ? `${inUnit(span.low, inner)} – ${inUnit(span.high, inner)}` : 'none',
  ];
}

const EVIDENCE_COLUMNS = [
  { text: 'Cell' },
  { text: 'Figure' },
  { text: 'Value', isFigure: true },
  { text: '95 % interval', isFigure: true },
];

/// The sentences of a finding within the limit, and the rest.
export function firstSentences(text, limit = MAX_SHOWN) {
  const all = text.split(/(?<=[.:]) (?=[A-Z`])/);
  const shown = [all[0]];
  let length = all[0].length;
  while (shown.length < all.length && length + all[shown.length].length < limit) {
    length += all[shown.length].length + 1;
    shown.push(all[shown.length]);
  }
  return { shown: shown.join(' '), rest: all.slice(shown.length).join(' ') };
}

function evidence(claim, rest) {
  const rows = list(claim.evidence).map(evidenceRow);
  if (rows.length === 0 && rest === '') return null;
  return html`<details><summary>${rows.length} figure${rows.length !== 1 && 's'}</summary>
${rest !== '' && html`<p>${sentences(rest)}</p>`}
${
  rows.length > 0 &&
  table({ label: `Figures of ${claim.id}`, columns: EVIDENCE_COLUMNS, groups: [{ rows }] })
}</details>`;
}

function command(claim) {
  const line = stringOr(claim.reproduce, '');
  if (line === '') {
    return html`<p class="hint">Command to reproduce: not in this run.json.</p>`;
  }
  return html`<pre class="command" tabindex="0" role="region" aria-label="Command to reproduce ${claim.id}"><code>${clean(line)}</code></pre>`;
}

function claimOf(claim, id) {
  const verdict = stringOr(claim.verdict, 'not_tested');
  const { shown, rest } = firstSentences(stringOr(claim.text, ''));
  return html`<article class="claim ${verdict}" id="claim-${id}">
<h3><span class="verdict ${verdict}">${verdictText(verdict)}</span>${
    claim.kind === 'by_design' && html` <small>by design</small>`
  } ${sentences(stringOr(claim.statement, stringOr(claim.id, 'unknown')))}</h3>
<p>${shown === '' ? 'No figures.' : sentences(shown)}</p>
${evidence(claim, rest)}
${command(claim)}</article>
`;
}

/// How many claims were decided by measurement and how many by design; null for a run.json of an
/// earlier version, which has no `kind`.
function byKind(entries) {
  if (entries.some(({ kind }) => typeof kind !== 'string')) return null;
  const decided = entries.filter(({ verdict }) => verdict === 'confirmed' || verdict === 'refuted');
  const byDesign = decided.filter(({ kind }) => kind === 'by_design').length;
  return html`<p>${decided.length} of ${entries.length} claims decided: ${
    decided.length - byDesign
  } measured, ${byDesign} by design.</p>`;
}

function counts(entries) {
  const known = Object.keys(VERDICTS).map((verdict) => {
    const own = entries.filter((claim) => claim.verdict === verdict);
    return html`<li><b>${own.length}</b> <span class="verdict ${verdict}">${verdictText(verdict)}</span></li>`;
  });
  return html`<ul class="counts">${known}</ul>${byKind(entries)}`;
}

export function claims(run) {
  const entries = list(run.claims)
    .map(object)
    .filter((claim) => stringOr(claim.id, null) !== null);
  if (entries.length === 0) {
    return html`<section id="claims"><h2>Textbook claims</h2>
<p>This run tested no claims.</p></section>`;
  }
  const ids = uniqueSlugs(entries.map(({ id }) => id));
  return html`<section id="claims"><h2>Textbook claims</h2>
${counts(entries)}
<div class="claims">${entries.map((claim, index) => claimOf(claim, ids[index]))}</div></section>`;
}
