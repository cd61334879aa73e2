// The key of the contestants: a filter of all charts, and what makes one stand out.

import { keepAddress, state } from './address.mjs';
import { hidingRules, stressRules } from './rules.mjs';

const sheets = { hidden: null, stress: null };

function setRules(name, rules) {
  if (!sheets[name]) {
    sheets[name] = document.createElement('style');
    document.head.append(sheets[name]);
  }
  sheets[name].textContent = rules.join('\n');
}

let stressed = null;

/// Makes all contestants but this one pale in every chart; null ends it.
export function stress(label) {
  if (label === stressed) return;
  stressed = label;
  setRules('stress', stressRules(label));
}

const boxes = () => [...document.querySelectorAll('.models input[data-model]')];

function apply() {
  state.hidden = boxes()
    .filter((box) => !box.checked)
    .map((box) => box.dataset.model);
  setRules('hidden', hidingRules(state.hidden));
  keepAddress();
}

/// Makes the key and the charts show what the state says.
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
    key.addEventListener(kind, (event) => stress(labelAt(event)));
  }
  for (const kind of ['pointerleave', 'focusout']) key.addEventListener(kind, () => stress(null));
  showModels();
}
