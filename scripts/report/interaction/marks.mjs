// Tooltips: the description of a mark, by pointer and by keyboard.

import { highlight } from './models.mjs';

const REACH = 12; // px
let tip = null;

const outside = (value, low, high) => Math.max(low - value, 0, value - high);

/// The index of the box {left, right, top, bottom} nearest to the point, at most `reach` px away,
/// or -1. Of several boxes that contain the point the smallest is chosen.
export function nearestBox(boxes, x, y, reach) {
  let best = -1;
  let min = Infinity;
  boxes.forEach(({ left, right, top, bottom }, index) => {
    const distance = Math.hypot(outside(x, left, right), outside(y, top, bottom));
    if (distance > reach) return;
    const rank = distance * 1e6 + (right - left) * (bottom - top);
    if (rank < min) {
      min = rank;
      best = index;
    }
  });
  return best;
}

/// The position of a tooltip of this size: above the box, or below it, always inside the view.
export function placeBeside(box, size, view) {
  const gap = 8;
  const middle = (box.left + box.right) / 2 - size.width / 2;
  const left = Math.max(gap, Math.min(middle, view.width - size.width - gap));
  const above = box.top - size.height - gap;
  const top = above >= gap ? above : Math.min(box.bottom + gap, view.height - size.height - gap);
  return { left, top: Math.max(gap, top) };
}

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
  highlight(mark.dataset.model);
}

function hide() {
  if (tip.hidden) return;
  tip.hidden = true;
  for (const old of document.querySelectorAll('svg .current')) old.classList.remove('current');
  highlight(null);
}

function followPointer(plot) {
  let marks = [];
  let boxes = [];
  const update = () => {
    marks = marksIn(plot);
    boxes = marks.map(boxOf);
  };
  plot.addEventListener('pointerenter', update);
  plot.addEventListener('pointermove', (event) => {
    const own = event.target.closest('[data-model][aria-label]');
    if (own) return show(own);
    if (marks.length > 0 && boxOf(marks[0]).top !== boxes[0].top) update(); // the page was scrolled
    const nearest = nearestBox(boxes, event.clientX, event.clientY, REACH);
    return nearest < 0 ? hide() : show(marks[nearest]);
  });
  plot.addEventListener('pointerleave', hide);
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/// The Tab key focuses the plot, arrow keys move through its marks, Escape hides the tooltip.
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
  tip = document.createElement('div');
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
