// The charts: every panel an inline SVG of its own, so that the page can reflow them.

import { clean, html, own, raw } from '../text.mjs';
import { describe, headline } from '../sheet.mjs';

/// The panel's SVG with a name for those who cannot see it.
function accessible(panel, chart) {
  const label = html`${clean(`${chart.title}, ${panel.workload.title}`)}`;
  return raw(panel.svg.replace('<svg ', `<svg role="img" aria-label="${label}" `));
}

function panelOf(panel, chart) {
  return html`<div class="panel"><h4>${panel.workload.title}
<small>${panel.workload.condition}</small></h4>
${panel.svg !== null && accessible(panel, chart)}
${
  panel.notes.length > 0 &&
  html`<ul class="notes">${panel.notes.map((note) => html`<li>${own(note)}</li>`)}</ul>`
}</div>
`;
}

function figureOf(chart) {
  const panels = chart.panels.map((panel) => panelOf(panel, chart));
  return html`<figure id="${chart.id}" aria-label="${own(describe(chart))}">
<h3>${headline(chart)}</h3>
<figcaption>${own(chart.caption)}</figcaption>
<div class="panels">${
    panels.length > 0 ? panels : html`<p>No workload of this run has this figure.</p>`
  }</div></figure>
`;
}

export const figures = (charts, tables) => html`<section id="charts"><h2>Charts</h2>
${
  tables.charted.length < tables.workloads.length &&
  html`<p>Drawn are the workloads in which every contestant took part; the
<a href="#cells">tables</a> have all ${tables.workloads.length}.</p>`
}
${charts.map(figureOf)}</section>`;
