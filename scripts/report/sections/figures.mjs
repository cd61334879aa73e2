// The charts: every panel is an inline SVG, so that the page can reflow them, with a table of its
// data.

import { withModels } from '../svg.mjs';
import { PANEL_WIDTH } from '../theme.mjs';
import { clean, escapeMarkup, html, own, raw } from '../text.mjs';
import { describe, headline } from '../sheet.mjs';
import { keyOf, table } from './parts.mjs';

const SCALES = { log: 'logarithmic', linear: 'linear' };
const MAX_ENLARGEMENT = 1.2; // of a panel relative to its drawn width

/// The panel's SVG with title and description for screen readers.
function accessible(panel, chart, id, labels) {
  const { svg, width, workload } = panel;
  const marked = withModels(svg.replace(/ font-family="[^"]*"/, ''), labels);
  const names = html`role="img" aria-labelledby="${id}-t ${id}-d"
 style="max-width:${Math.round(width * MAX_ENLARGEMENT)}px"`;
  const texts = html`<title id="${id}-t">${clean(`${chart.title}, ${workload.title}`)}</title>
<desc id="${id}-d">${clean(workload.condition ?? '')}. ${own(describe(chart))}</desc>`;
  return raw(marked.replace(/^<svg ([^>]*)>/, (_, rest) => `<svg ${names} ${rest}>${texts}`));
}

function dataOf({ data, workload }, chart) {
  if (!data || data.rows.length === 0) return null;
  const columns = data.columns.map(({ text, isNumber }) => ({
    text: clean(text),
    isFigure: isNumber,
  }));
  const text = (value) => (typeof value === 'number' ? plain(value) : value);
  const rows = data.rows.map((row) => row.map(text));
  return html`<details class="data"><summary>Data table</summary>
${table({ label: clean(`${chart.title}, ${workload.title}: data`), columns, groups: [{ rows }] })}
</details>`;
}

const DIGITS = 6;

/// A raw figure without insignificant digits.
export const plain = (value) =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(DIGITS)));

function panelOf(panel, chart, id, labels) {
  const isWide = panel.width > PANEL_WIDTH * MAX_ENLARGEMENT;
  return html`<div class="panel${isWide && raw(' wide')}"><h4>${panel.workload.title}
<small>${panel.workload.condition}</small></h4>
${panel.svg !== null && html`<div class="plot">${accessible(panel, chart, id, labels)}</div>`}
${
  panel.notes.length > 0 &&
  html`<ul class="notes">${panel.notes.map((note) => html`<li>${own(note)}</li>`)}</ul>`
}${dataOf(panel, chart)}</div>
`;
}

const panelsOf = (panels, chart, id, labels) =>
  panels.length > 0
    ? panels.map((panel, index) => panelOf(panel, chart, `${id}-${index}`, labels))
    : html`<p>No workload of this run has data for this chart.</p>`;

function switchOf({ id, variants }) {
  if (variants.length < 2) return null;
  return html`<div class="switch scripted" role="group" aria-label="Scale">${variants.map(
    ({ scale }, index) =>
      html`<button type="button" data-scale="${scale}" aria-pressed="${String(
        index === 0,
      )}" aria-controls="${id}-${scale}">${SCALES[scale] ?? scale}</button>`,
  )}</div>`;
}

function bodiesOf(chart, labels) {
  if (chart.variants.length < 2) {
    return html`<div class="panels">${panelsOf(chart.panels, chart, chart.id, labels)}</div>`;
  }
  return chart.variants.map(
    ({ scale, panels }, index) => html`<div class="panels" id="${chart.id}-${scale}"
 data-variant="${scale}"${index > 0 && raw(' hidden')}>${panelsOf(
   panels,
   chart,
   `${chart.id}-${scale}`,
   labels,
 )}</div>`,
  );
}

function figureOf(chart, labels) {
  return html`<figure id="chart-${chart.id}" data-chart="${chart.id}" aria-labelledby="chart-${chart.id}-h">
<div class="chart-head"><h3 id="chart-${chart.id}-h">${headline(chart)}
<a class="anchor" href="#chart-${chart.id}" aria-label="Link to ${chart.title}">#</a></h3>${switchOf(chart)}</div>
<figcaption>${own(chart.caption)}</figcaption>
${bodiesOf(chart, labels)}</figure>
`;
}

/// The legend of the contestants, which the script makes a filter of all charts.
function legend({ contestants }) {
  return html`<fieldset class="models"><legend>Contestants</legend>
<span class="chips">${contestants.map(
    (contestant) => html`<label class="chip"><input class="scripted"
 type="checkbox" data-model="${contestant.label}" checked>${keyOf(contestant)}${contestant.label}</label>
`,
  )}</span><span class="scripted all"><button type="button" data-show="all">all</button>
<button type="button" data-show="none">none</button></span></fieldset>`;
}

const contents = (charts) =>
  html`<nav class="contents" aria-label="Charts"><ol>${charts.map(
    ({ id, title }) => html`<li><a href="#chart-${id}">${title}</a></li>
`,
  )}</ol></nav>`;

export function figures(charts, tables) {
  const labels = tables.contestants.map(({ label }) => escapeMarkup(label));
  return html`<section id="charts"><h2>Charts</h2>
${
  tables.charted.length < tables.workloads.length &&
  html`<p>Charts with one panel per workload show the workloads that include every contestant; the
<a href="#cells">table of cells</a> has all ${tables.workloads.length}.</p>`
}
${contents(charts)}
${legend(tables)}
${charts.map((chart) => figureOf(chart, labels))}</section>`;
}
