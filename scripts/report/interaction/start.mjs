// Starts all interaction. Runs once, at the end of the page.

import { showTarget, state } from './address.mjs';
import { startPrint, startTheme } from './appearance.mjs';
import { showCells, startCells } from './cells.mjs';
import { startMarks } from './marks.mjs';
import { showModels, startModels } from './models.mjs';
import { showScales, startScales } from './scales.mjs';
import { parseState } from './state.mjs';

document.documentElement.classList.add('with-script');
startTheme();
startPrint();
startModels();
startScales();
startCells();
startMarks();
showTarget();

/// A link without a query only scrolls; one with a query changes the state.
addEventListener('hashchange', () => {
  const next = parseState(location.hash);
  state.target = next.target;
  if (location.hash.includes('?')) {
    Object.assign(state, next);
    showModels();
    showScales();
    showCells();
  }
  showTarget();
});
