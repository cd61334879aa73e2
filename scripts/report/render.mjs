// Renders a Vega-Lite specification to SVG text, without a canvas or a document.

import * as vega from 'vega';
import { compile } from 'vega-lite';

import { minifySvg } from './svg.mjs';
import { FONT } from './theme.mjs';

// A warning means that the chart would differ from its specification.
const failOnWarning = {
  level() {
    return this;
  },
  error(...parts) {
    throw new Error(`chart: ${parts.join(' ')}`);
  },
  warn(...parts) {
    throw new Error(`chart: ${parts.join(' ')}`);
  },
  info() {
    return this;
  },
  debug() {
    return this;
  },
};

const ESCAPED_FONT = FONT.replaceAll('"', '&quot;');

/// The specification as `<svg …>…</svg>`. The same specification always gives the same bytes.
export async function renderSpec(spec) {
  const compiled = compile(spec, { logger: failOnWarning }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: failOnWarning });
  try {
    const svg = minifySvg(await view.toSVG(), ESCAPED_FONT);
    return svg.replace('<svg ', `<svg font-family="${ESCAPED_FONT}" `);
  } finally {
    view.finalize();
  }
}

async function renderPanel(panel) {
  const { spec } = panel;
  if (!spec) return { ...panel, svg: null, width: 0, height: 0 };
  const { left, right, top, bottom } = spec.padding;
  return {
    ...panel,
    svg: await renderSpec(spec),
    width: spec.width + left + right,
    height: spec.height + top + bottom,
  };
}

async function renderPanels(chart, tables, options) {
  const panels = [];
  for (const panel of chart.panels(tables, options)) panels.push(await renderPanel(panel));
  return panels;
}

/// The chart with the SVG and size of every panel; panels without data keep only their notes. If
/// the chart has several scales, `variants` has the panels for each, the default first.
export async function renderChart(chart, tables) {
  const scales = chart.scales ?? [];
  const variants = [];
  for (const scale of scales) {
    variants.push({ scale, panels: await renderPanels(chart, tables, { scale }) });
  }
  const panels = variants[0]?.panels ?? (await renderPanels(chart, tables, {}));
  return { ...chart, panels, variants };
}
