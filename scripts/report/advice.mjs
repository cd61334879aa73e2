// The advice of run.json as rows, one per situation, and its summary in sentences.

import { interval, list, number, object, stringOr, strings } from './json.mjs';

const runnerUpRow = (entry) => {
  const runnerUp = object(entry);
  return {
    contestant: stringOr(runnerUp.contestant, stringOr(runnerUp.than, 'unknown')),
    ratio: number(runnerUp.ratio),
    interval: interval(runnerUp.ci95),
    verdict: stringOr(runnerUp.verdict, null),
  };
};

function adviceRow(entry) {
  const advice = object(entry);
  const outs = list(advice.out).map(object);
  return {
    situation: stringOr(advice.situation, 'unknown'),
    question: stringOr(advice.question, stringOr(advice.situation, 'unknown')),
    metric: stringOr(advice.metric, 'unknown'),
    best: stringOr(advice.best_mean, null),
    winner: stringOr(advice.winner, null),
    ties: strings(advice.ties),
    open: [
      ...strings(advice.not_significant),
      ...strings(advice.too_few_restarts),
      ...strings(advice.not_told_apart), // of earlier versions
    ],
    openReason:
      strings(advice.not_significant).length === 0 && strings(advice.too_few_restarts).length > 0
        ? 'too_few_restarts'
        : 'not_significant',
    group: strings(advice.group),
    margin: advice.margin ? runnerUpRow(advice.margin) : null,
    runnersUp: list(advice.runners_up).map(runnerUpRow),
    excluded: outs.map(({ contestant, reason }) => ({
      contestant: stringOr(contestant, 'unknown'),
      reason: stringOr(reason, 'no reason given'),
    })),
    missing: strings(advice.missing),
    drawbacks: strings(advice.against),
    undecided: stringOr(advice.undecided_reason, null),
  };
}

/// One row per situation, in the order of run.json.
export const adviceOf = (run) => list(run.advice).map(adviceRow);

/// Counts the names that `pick` returns: [name, count], largest count first, then by name.
function countNames(rows, pick) {
  const counts = new Map();
  for (const name of rows.map(pick)) {
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

const counted = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;
const have = (number, noun) => `${counted(number, noun)} ${number === 1 ? 'has' : 'have'}`;
const listed = (rows, pick) =>
  countNames(rows, pick)
    .map(([name, count]) => `${name} (${count})`)
    .join(', ');

/// The advice in a few sentences: wins per contestant, and the number of undecided situations.
export function adviceSentences(rows) {
  if (rows.length === 0) return [];
  const all = counted(rows.length, 'situation');
  const decided = rows.filter(({ winner }) => winner !== null);
  const undecided = rows.filter(({ winner, best }) => winner === null && best !== null);
  const several = undecided.filter(({ group }) => group.length > 0);
  const open = undecided.filter(({ group }) => group.length === 0);
  const empty = rows.length - decided.length - undecided.length;
  const best = (own) => `best figures: ${listed(own, (row) => row.best)}`;
  return [
    decided.length > 0
      ? `This run decides ${decided.length} of ${all}. Best: ${listed(decided, (row) => row.winner)}.`
      : `In none of ${all} is one model significantly better than all others.`,
    several.length > 0 &&
      `${have(several.length, 'more situation')} several models that do not differ significantly ` +
        `and are better than all others; ${best(several)}.`,
    open.length > 0 &&
      `Not decided: ${counted(open.length, 'situation')}; ${best(open)}, without a significant ` +
        'difference to the next.',
    empty > 0 && `${have(empty, 'situation')} no figures to rank.`,
  ].filter(Boolean);
}
