// Vega-Lite specification -> SVG text, on the server side: no canvas, no document.

import * as vega from 'vega';
import { compile } from 'vega-lite';

// A warning means that a chart would show something other than what its specification says.
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

// Vega's roles promise names that its marks do not have; the picture as a whole has one.
const withoutRoles = (svg) =>
  svg.replace(/ (?:role="graphics-[a-z-]+"|aria-roledescription="[^"]*")/g, '');

/// The specification as `<svg …>…</svg>`. The same specification always gives the same bytes.
export async function renderSpec(spec) {
  const compiled = compile(spec, { logger: failOnWarning }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: failOnWarning });
  try {
    return withoutRoles(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/// A chart with every panel's SVG and size; panels without data keep only their notes.
export async function renderChart(chart, tables) {
  const panels = [];
  for (const panel of chart.panels(tables)) {
    const { spec } = panel;
    if (!spec) {
      panels.push({ ...panel, svg: null, width: 0, height: 0 });
      continue;
    }
    const { left, right, top, bottom } = spec.padding;
    panels.push({
      ...panel,
      svg: await renderSpec(spec),
      width: spec.width + left + right,
      height: spec.height + top + bottom,
    });
  }
  return { ...chart, panels };
}
