// Notes on the points of a sweep that are drawn hollow: one for all that differ in figures only.

import { mergedReason } from '../sections/answer.mjs';
import { whyNot } from '../tables.mjs';
import { clean } from '../text.mjs';

const FIGURE = /\d+(?:\.\d+)?/g;

/// `doubted` are {label, cell}: the cells behind the hollow points.
export function doubtNotes(doubted) {
  const byKind = new Map();
  for (const { label, cell } of doubted) {
    const reason = whyNot(cell);
    const kind = reason.replace(FIGURE, '#');
    byKind.set(kind, [...(byKind.get(kind) ?? []), { label, reason }]);
  }
  return [...byKind.values()].map((entries) => {
    const who = [...new Set(entries.map(({ label }) => label))].join(', ');
    return `${who} (hollow): ${clean(mergedReason(entries.map(({ reason }) => reason)))}`;
  });
}
