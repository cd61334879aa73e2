// The textbook claims with their verdicts, when the run tested any.

import { html } from '../text.mjs';
import { table } from './parts.mjs';

export function claims(run) {
  const entries = Array.isArray(run.claims) ? run.claims.filter(Boolean) : [];
  if (entries.length === 0) return null;
  const rows = entries.map(({ statement, id, verdict, text }) => [
    statement ?? id,
    verdict && html`<span class="verdict ${verdict}">${verdict}</span>`,
    text ?? '–',
  ]);
  return html`<section id="claims"><h2>Claims</h2>
${table({
  label: 'Claims',
  groups: [{ rows }],
  columns: [{ text: 'Claim' }, { text: 'Verdict' }, { text: 'Figures' }],
})}</section>`;
}
