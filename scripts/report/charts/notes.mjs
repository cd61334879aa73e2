// Notes below a panel: which contestants are missing or drawn hollow, and why.

import { mergedReason } from '../sections/rankings.mjs';
import { absentReason, ineligibleReason, isEligible } from '../tables.mjs';
import { clean } from '../text.mjs';

// A number, but not a part of a name such as p99.9.
const NUMBER = /(?<![\w.])\d+(?:\.\d+)?/g;

/// Notes are [label, reason] or [label, reason, how it is drawn]. Notes that differ only in the
/// label or in the numbers of the reason become one.
export function noteLines(notes) {
  const byReason = new Map();
  for (const [label, reason, drawn] of notes) {
    const key = JSON.stringify([drawn, reason.replace(NUMBER, '#')]);
    byReason.set(key, [...(byReason.get(key) ?? []), { label, reason, drawn }]);
  }
  return [...byReason.values()].map((entries) => {
    const labels = [...new Set(entries.map(({ label }) => label))].join(', ');
    const how = entries[0].drawn ? ` (${entries[0].drawn})` : '';
    return `${labels}${how}: ${clean(mergedReason(entries.map(({ reason }) => reason)))}`;
  });
}

/// One warning for each reason why figures are drawn hollow; `ineligible` are {label, cell}.
export const warningNotes = (ineligible, metric) =>
  noteLines(ineligible.map(({ label, cell }) => [label, ineligibleReason(cell, metric), 'hollow']));

/// Missing points, as [label, reason with all positions along the sweep].
function missingNotes(missing, name, metric) {
  const byReason = new Map();
  for (const { label, cell, position } of missing) {
    const key = JSON.stringify([label, absentReason(cell, metric)]);
    byReason.set(key, [...(byReason.get(key) ?? []), position]);
  }
  return [...byReason].map(([key, positions]) => {
    const [label, reason] = JSON.parse(key);
    return [label, `no ${name} at ${positions.join(', ')} — ${reason}`];
  });
}

/// The notes of a panel of lines. A line is {label, cells, drawn}: its entries {cell, …}, and those
/// of them that have the figure; `positionOf` gives the position of an entry along the sweep as
/// text.
export function sweepNotes(lines, { metric, name, positionOf }) {
  const ineligible = lines.flatMap(({ label, drawn }) =>
    drawn.filter(({ cell }) => !isEligible(cell, metric)).map(({ cell }) => ({ label, cell })),
  );
  const missing = lines.flatMap(({ label, cells, drawn }) =>
    cells
      .filter((entry) => !drawn.includes(entry))
      .map((entry) => ({ label, cell: entry.cell, position: positionOf(entry) })),
  );
  return [...warningNotes(ineligible, metric), ...noteLines(missingNotes(missing, name, metric))];
}
