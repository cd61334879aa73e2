// The state of the page and its address, kept alike: a link gives the same view again.

import { formatState, parseState } from './state.mjs';

export const state = parseState(location.hash);

/// Writes the state into the address without a new entry in the history.
export function keepAddress() {
  const hash = formatState(state);
  // Not every viewer of local files lets a page change its own address.
  try {
    history.replaceState(null, '', hash === '#' ? location.pathname + location.search : hash);
  } catch {
    return;
  }
}

/// Brings the target of the address into view, its enclosing details opened.
export function showTarget() {
  const target = state.target === '' ? null : document.getElementById(state.target);
  if (!target) return;
  for (let at = target; at; at = at.parentElement) {
    if (at.tagName === 'DETAILS') at.open = true;
  }
  target.scrollIntoView({ block: target.tagName === 'TR' ? 'center' : 'start' });
  for (const old of document.querySelectorAll('.target')) old.classList.remove('target');
  target.classList.add('target');
}
