// The advice of run.json as rows: which model when, with everything that speaks for and against.

import { interval, list, number, object, textOr, texts } from './json.mjs';

const rivalRow = (entry) => {
  const rival = object(entry);
  return {
    contestant: textOr(rival.contestant, textOr(rival.than, 'unknown')),
    ratio: number(rival.ratio),
    interval: interval(rival.ci95),
    verdict: textOr(rival.verdict, null),
  };
};

function adviceRow(entry) {
  const advice = object(entry);
  const outs = list(advice.out).map(object);
  return {
    situation: textOr(advice.situation, 'unknown'),
    question: textOr(advice.question, textOr(advice.situation, 'unknown')),
    metric: textOr(advice.metric, 'unknown'),
    best: textOr(advice.best_mean, null),
    winner: textOr(advice.winner, null),
    ties: texts(advice.ties),
    open: [
      ...texts(advice.not_significant),
      ...texts(advice.too_few_restarts),
      ...texts(advice.not_told_apart), // of earlier versions
    ],
    openReason: texts(advice.not_significant).length === 0 && texts(advice.too_few_restarts).length > 0
      ? 'too_few_restarts'
      : 'not_significant',
    group: texts(advice.group),
    margin: advice.margin ? rivalRow(advice.margin) : null,
    rivals: list(advice.runners_up).map(rivalRow),
    out: outs.map(({ contestant, reason }) => ({
      contestant: textOr(contestant, 'unknown'),
      reason: textOr(reason, 'no reason given'),
    })),
    missing: texts(advice.missing),
    against: texts(advice.against),
    undecided: textOr(advice.undecided_reason, null),
  };
}

/// One row per situation, in the order of run.json.
export const adviceOf = (run) => list(run.advice).map(adviceRow);

/// Models by the number of rows that `pick` names them in, most first, ties by name.
function tally(rows, pick) {
  const counts = new Map();
  for (const name of rows.map(pick)) {
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

const counted = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;
const listed = (pairs) => pairs.map(([name, count]) => `${name} (${count})`).join(', ');

/// The advice in one or two sentences: who wins how many situations, and what stays open.
export function adviceSentences(rows) {
  if (rows.length === 0) return [];
  const decided = rows.filter(({ winner }) => winner !== null);
  const undecided = rows.filter(({ winner, best }) => winner === null && best !== null);
  const narrowed = undecided.filter(({ group }) => group.length > 0);
  const open = undecided.filter(({ group }) => group.length === 0);
  const empty = rows.length - decided.length - undecided.length;
  const sentences = [];
  if (decided.length > 0) {
    const wins = listed(tally(decided, ({ winner }) => winner));
    sentences.push(
      `Of ${counted(rows.length, 'situation')} this run decides ${decided.length}; ahead are: ${wins}.`,
    );
  } else {
    sentences.push(
      `In none of ${counted(rows.length, 'situation')} is one model measurably ahead of all others.`,
    );
  }
  if (narrowed.length > 0) {
    const best = listed(tally(narrowed, (row) => row.best));
    sentences.push(
      `${narrowed.length} more leave${narrowed.length === 1 ? 's' : ''} a choice of a ` +
        `few that do not differ significantly, and all others behind; the best figures are those of ${best}.`,
    );
  }
  if (open.length > 0) {
    const best = listed(tally(open, (row) => row.best));
    sentences.push(
      `Not decided: ${open.length}, where the best figures are those of ${best}, ` +
        'without a significant difference to the next.',
    );
  }
  if (empty > 0) {
    sentences.push(`${counted(empty, 'situation')} lack${empty === 1 ? 's' : ''} figures to rank.`);
  }
  return sentences;
}
