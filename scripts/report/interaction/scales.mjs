// Switches charts between a logarithmic and a linear axis.

import { updateAddress, state } from './address.mjs';

function choose(figure, scale) {
  for (const button of figure.querySelectorAll('button[data-scale]')) {
    button.setAttribute('aria-pressed', String(button.dataset.scale === scale));
  }
  for (const variant of figure.querySelectorAll('[data-variant]')) {
    variant.hidden = variant.dataset.variant !== scale;
  }
}

export function showScales() {
  for (const [chart, scale] of Object.entries(state.scales)) {
    const figure = document.getElementById(`chart-${chart}`);
    const isKnown = [...(figure?.querySelectorAll('[data-variant]') ?? [])].some(
      ({ dataset }) => dataset.variant === scale,
    );
    if (isKnown) choose(figure, scale);
  }
}

export function startScales() {
  for (const button of document.querySelectorAll('button[data-scale]')) {
    const figure = button.closest('figure');
    const first = figure.querySelector('button[data-scale]');
    button.addEventListener('click', () => {
      choose(figure, button.dataset.scale);
      if (button === first) delete state.scales[figure.dataset.chart];
      else state.scales[figure.dataset.chart] = button.dataset.scale;
      updateAddress();
    });
  }
  showScales();
}
