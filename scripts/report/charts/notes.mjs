// Footnotes of a panel: who is missing or drawn hollow, and why.

import { clean } from '../text.mjs';

/// Notes are [who, why] or [who, why, how it is drawn]; those that differ only in who become one,
/// of any length: neither a name nor the reason is lost.
export function noteLines(notes) {
  const byReason = new Map();
  for (const [who, why, drawn] of notes) {
    const reason = `${drawn ? ` (${drawn})` : ''}: ${clean(why)}`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), who]);
  }
  return [...byReason].map(([reason, who]) => `${who.join(', ')}${reason}`);
}
