// Keeps the state of the page in its address, so that a link restores the view.

import { formatState, parseState } from './state.mjs';

// Unit tests import this module where there is no location.
export const state = parseState(globalThis.location?.hash ?? '');

/// Writes the state to the address without a new history entry.
export function updateAddress() {
  const hash = formatState(state);
  // Some viewers of local files do not allow a page to change its address.
  try {
    history.replaceState(null, '', hash === '#' ? location.pathname + location.search : hash);
  } catch {
    return;
  }
}

/// Scrolls to the target of the address and opens the details that contain it.
export function showTarget() {
  const target = state.target === '' ? null : document.getElementById(state.target);
  if (!target) return;
  for (let node = target; node; node = node.parentElement) {
    if (node.tagName === 'DETAILS') node.open = true;
  }
  target.scrollIntoView({ block: target.tagName === 'TR' ? 'center' : 'start' });
  for (const old of document.querySelectorAll('.target')) old.classList.remove('target');
  target.classList.add('target');
}
