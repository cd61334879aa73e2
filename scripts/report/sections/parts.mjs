// Elements that several sections of the page use.

import { ABSENT } from '../format.mjs';
import { html, own, raw } from '../text.mjs';

const LINE = 3.2; // half the length of a legend line; a marker extends from -1 to 1
const PX = 0.22; // units per px of a dash

const VIEW = `${-LINE} -1.3 ${2 * LINE} 2.6`;

/// The lines and markers of all contestants as in the charts, defined once for keyOf().
export const keys = ({
  contestants,
}) => html`<svg class="keys" aria-hidden="true">${contestants.map(
  ({ index, marker, colour, dash }) =>
    html`<symbol id="k${index}" viewBox="${VIEW}"><path d="M${-LINE},0H${LINE}"
 stroke="${colour}" stroke-width="0.4"${
   dash.length > 0 && html` stroke-dasharray="${dash.map((px) => (px * PX).toFixed(2)).join(' ')}"`
 }/><path d="${own(marker)}" fill="${colour}"/></symbol>`,
)}</svg>
`;

/// A contestant's line and marker; hidden from screen readers.
export const keyOf = ({ index }) =>
  html`<svg class="key" aria-hidden="true"><use href="#k${index}"/></svg>`;

/// A contestant's line, marker and name.
export function badge(tables, name) {
  const contestant = tables.contestant(name);
  return html`<span class="name">${contestant && keyOf(contestant)}${name}</span>`;
}

/// The result of the A/A control; null without one.
export const controlLine = ({ control }) =>
  control &&
  html`<p class="control">${control.text}.${
    control.warning !== null && html` <strong>Warning: ${control.warning}.</strong>`
  }</p>`;

export const workloadTitle = (tables, name) =>
  tables.workloads.find((workload) => workload.name === name)?.title ?? name;

/// A figure with its interval below it, or "n/a".
export function withInterval(statistic, format) {
  if (statistic === null) return ABSENT;
  const { median, interval } = statistic;
  if (interval === null) return format(median);
  return html`${format(median)} <small>${format(interval.low)} – ${format(interval.high)}</small>`;
}

const isFigure = (column) => column.isFigure && raw(' class="figure"');

/// A missing value is "n/a", never zero.
const shown = (cell) => cell ?? ABSENT;

function rowOf(columns, [first, ...rest]) {
  return html`<tr><th scope="row">${shown(first)}</th>${rest.map(
    (cell, index) => html`<td${isFigure(columns[index + 1])}>${shown(cell)}</td>`,
  )}</tr>
`;
}

/// A container in which a table scrolls sideways on a narrow screen. A tall one also scrolls
/// vertically and keeps its heading visible.
export const scrolling = (label, content, isTall = false) => html`<div class="scroll${
  isTall && raw(' tall')
}" role="region" aria-label="${label}" tabindex="0">
${content}</div>`;

/// A table that scrolls sideways. `groups` are {title, note, rows}; a group without a title has no
/// heading row. With `stacks` a narrow screen shows the cells of a row below each other instead.
export function table({ label, columns, groups, stacks = false, isTall = false, className = '' }) {
  const head = columns.map(
    (column) => html`<th scope="col"${isFigure(column)}>${own(column.text)}</th>`,
  );
  const bodies = groups.map(
    ({ title, note, rows }) => html`<tbody>
${
  title &&
  html`<tr class="group"><th scope="rowgroup" colspan="${columns.length}">${title}
 <small>${note}</small></th></tr>
`
}${rows.map((row) => rowOf(columns, row))}</tbody>`,
  );
  const classes = [className, stacks && 'stack'].filter(Boolean).join(' ');
  return scrolling(
    label,
    html`<table${classes !== '' && raw(` class="${classes}"`)}><thead><tr>${head}</tr></thead>
${bodies}</table>`,
    isTall,
  );
}
