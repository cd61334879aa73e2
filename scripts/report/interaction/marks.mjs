// Tooltips: what a mark says of itself, for the pointer and for the keyboard.

import { stress } from './models.mjs';
import { nearestBox, placeBeside } from './nearest.mjs';

const REACH = 12; // px
const tip = document.createElement('div');

function boxOf(mark) {
  const { left, right, top, bottom } = mark.getBoundingClientRect();
  return { left, right, top, bottom };
}

const isShown = (mark) => getComputedStyle(mark).visibility !== 'hidden';
const marksIn = (plot) => [...plot.querySelectorAll('[data-model][aria-label]')].filter(isShown);

function show(mark) {
  tip.textContent = mark.getAttribute('aria-label');
  tip.hidden = false;
  const size = { width: tip.offsetWidth, height: tip.offsetHeight };
  const view = { width: document.documentElement.clientWidth, height: innerHeight };
  const { left, top } = placeBeside(boxOf(mark), size, view);
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
  for (const old of document.querySelectorAll('svg .current')) old.classList.remove('current');
  mark.classList.add('current');
  stress(mark.dataset.model);
}

function hide() {
  if (tip.hidden) return;
  tip.hidden = true;
  for (const old of document.querySelectorAll('svg .current')) old.classList.remove('current');
  stress(null);
}

function followPointer(plot) {
  let marks = [];
  let boxes = [];
  const look = () => {
    marks = marksIn(plot);
    boxes = marks.map(boxOf);
  };
  plot.addEventListener('pointerenter', look);
  plot.addEventListener('pointermove', (event) => {
    const own = event.target.closest('[data-model][aria-label]');
    if (own) return show(own);
    if (marks.length > 0 && boxOf(marks[0]).top !== boxes[0].top) look(); // it was scrolled
    const nearest = nearestBox(boxes, event.clientX, event.clientY, REACH);
    return nearest < 0 ? hide() : show(marks[nearest]);
  });
  plot.addEventListener('pointerleave', hide);
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/// The plot is one stop of the Tab key; arrows move through its marks, Escape ends.
function followKeys(plot) {
  let at = -1;
  const step = (event) => {
    if (event.key === 'Escape') return hide();
    const marks = marksIn(plot);
    const places = { Home: 0, End: marks.length - 1 };
    const next = STEPS[event.key] ? at + STEPS[event.key] : places[event.key];
    if (next === undefined || marks.length === 0) return undefined;
    event.preventDefault();
    at = (next + marks.length) % marks.length;
    return show(marks[at]);
  };
  plot.addEventListener('keydown', step);
  plot.addEventListener('focus', () => {
    const marks = marksIn(plot);
    at = Math.max(0, Math.min(at, marks.length - 1));
    if (plot.matches(':focus-visible') && marks.length > 0) show(marks[at]);
  });
  plot.addEventListener('blur', hide);
}

export function startMarks() {
  tip.className = 'tooltip';
  tip.setAttribute('role', 'tooltip');
  tip.setAttribute('aria-live', 'polite');
  tip.hidden = true;
  document.body.append(tip);
  for (const plot of document.querySelectorAll('.plot')) {
    if (!plot.querySelector('[data-model][aria-label]')) continue;
    plot.tabIndex = 0;
    plot.setAttribute('role', 'group');
    const title = plot.querySelector('title').textContent;
    plot.setAttribute('aria-label', `${title}: arrow keys move through the marks`);
    followPointer(plot);
    followKeys(plot);
  }
  addEventListener('scroll', hide, { passive: true });
}
