// Footnotes of a panel: who is missing or drawn hollow, and why.

import { mergedReason } from '../sections/rankings.mjs';
import { clean } from '../text.mjs';

// Not that of a name, such as p99.9.
const FIGURE = /(?<![\w.])\d+(?:\.\d+)?/g;

/// Notes are [who, why] or [who, why, how it is drawn]; those that differ only in who, or in the
/// figures of the reason, become one, of any length: neither a name nor the reason is lost.
export function noteLines(notes) {
  const byReason = new Map();
  for (const [who, why, drawn] of notes) {
    const reason = `${drawn ? ` (${drawn})` : ''}: ${clean(why)}`;
    const kind = reason.replace(FIGURE, '#');
    byReason.set(kind, [...(byReason.get(kind) ?? []), { who, reason }]);
  }
  return [...byReason.values()].map((entries) => {
    const reason = mergedReason(entries.map((entry) => entry.reason));
    return `${[...new Set(entries.map(({ who }) => who))].join(', ')}${reason}`;
  });
}
