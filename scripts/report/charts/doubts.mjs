// Notes on the points of a sweep: which are drawn hollow and which are missing, and why. Those that
// differ in figures or places only become one.

import { mergedReason } from '../sections/rankings.mjs';
import { isComparable, whyAbsent, whyNot } from '../tables.mjs';
import { clean } from '../text.mjs';
import { noteLines } from './notes.mjs';

const FIGURE = /\d+(?:\.\d+)?/g;

/// `doubted` are {label, cell}: the cells behind the hollow points of this metric.
export function doubtNotes(doubted, metric) {
  const byKind = new Map();
  for (const { label, cell } of doubted) {
    const reason = whyNot(cell, metric);
    const kind = reason.replace(FIGURE, '#');
    byKind.set(kind, [...(byKind.get(kind) ?? []), { label, reason }]);
  }
  return [...byKind.values()].map((entries) => {
    const who = [...new Set(entries.map(({ label }) => label))].join(', ');
    return `${who} (hollow): ${clean(mergedReason(entries.map(({ reason }) => reason)))}`;
  });
}

/// Points that are missing, as [label, reason with all places along the sweep].
function missingNotes(missing, what, metric) {
  const byReason = new Map();
  for (const { label, cell, place } of missing) {
    const key = JSON.stringify([label, whyAbsent(cell, metric)]);
    byReason.set(key, [...(byReason.get(key) ?? []), place]);
  }
  return [...byReason].map(([key, places]) => {
    const [label, reason] = JSON.parse(key);
    return [label, `no ${what} at ${places.join(', ')} — ${reason}`];
  });
}

/// The notes of a panel of lines. A line is {label, cells, drawn}: its entries {cell, …} and those
/// of them that have the figure; `placeOf` says in words where along the sweep an entry stands.
export function sweepNotes(lines, { metric, what, placeOf }) {
  const doubted = lines.flatMap(({ label, drawn }) =>
    drawn.filter(({ cell }) => !isComparable(cell, metric)).map(({ cell }) => ({ label, cell })),
  );
  const missing = lines.flatMap(({ label, cells, drawn }) =>
    cells
      .filter((entry) => !drawn.includes(entry))
      .map((entry) => ({ label, cell: entry.cell, place: placeOf(entry) })),
  );
  return [...doubtNotes(doubted, metric), ...noteLines(missingNotes(missing, what, metric))];
}
