// The legend of the contestants: filters all charts, and highlights one contestant.

import { updateAddress, state } from './address.mjs';

/// Text as a CSS string.
export const quoted = (text) => `"${text.replace(/["\\]/g, '\\$&').replace(/[\n\r\f\0]/g, ' ')}"`;

/// One rule per hidden contestant.
export const hidingRules = (labels) =>
  labels.map((label) => `figure svg [data-model=${quoted(label)}]{visibility:hidden}`);

/// The rule that makes all other contestants pale; none if `label` is null.
export const highlightRules = (label) =>
  label === null ? [] : [`figure svg [data-model]:not([data-model=${quoted(label)}]){opacity:.14}`];

const sheets = { hidden: null, highlight: null };

function setRules(name, rules) {
  if (!sheets[name]) {
    sheets[name] = document.createElement('style');
    document.head.append(sheets[name]);
  }
  sheets[name].textContent = rules.join('\n');
}

let highlighted = null;

/// Highlights a contestant in all charts; null ends it.
export function highlight(label) {
  if (label === highlighted) return;
  highlighted = label;
  setRules('highlight', highlightRules(label));
}

const boxes = () => [...document.querySelectorAll('.models input[data-model]')];

function apply() {
  state.hidden = boxes()
    .filter((box) => !box.checked)
    .map((box) => box.dataset.model);
  setRules('hidden', hidingRules(state.hidden));
  updateAddress();
}

/// Updates legend and charts from the state.
export function showModels() {
  for (const box of boxes()) box.checked = !state.hidden.includes(box.dataset.model);
  setRules('hidden', hidingRules(state.hidden));
}

export function startModels() {
  const key = document.querySelector('.models');
  key.addEventListener('change', apply);
  for (const button of key.querySelectorAll('button[data-show]')) {
    button.addEventListener('click', () => {
      for (const box of boxes()) box.checked = button.dataset.show === 'all';
      apply();
    });
  }
  const labelAt = (event) =>
    event.target.closest('.chip')?.querySelector('input').dataset.model ?? null;
  for (const kind of ['pointerover', 'focusin']) {
    key.addEventListener(kind, (event) => highlight(labelAt(event)));
  }
  for (const kind of ['pointerleave', 'focusout'])
    key.addEventListener(kind, () => highlight(null));
  showModels();
}
