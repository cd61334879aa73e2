// One panel as a stand-alone SVG file for a column of a paper: 85 mm wide, no text below 8 pt.
// It carries its conditions and exclusions with it; the caption is its description.

import { FONT, INK, PANEL_WIDTH } from './theme.mjs';
import { clean, html, own, raw } from './text.mjs';
import { describe, headline, textAt, wrap } from './sheet.mjs';

const COLUMN_MM = 85; // what PANEL_WIDTH is printed at; a wider panel is wider in proportion
const LINE = 15;
const GAP = 6;
const CHARACTERS_PER_PX = 1 / 5.7; // of 11 px texts, on the safe side; bold ones are wider
const BOLD_PER_PX = 1 / 7;

/// The lines that stand above the plot, each with its look.
function headingOf(chart, workload, width) {
  const bold = { ink: INK.text.light, weight: 600 };
  const lines = (text, perPx, look) =>
    wrap(clean(text), Math.floor(width * perPx)).map((line) => [line, look]);
  return [
    ...lines(headline(chart), BOLD_PER_PX, bold),
    ...lines(workload.title, CHARACTERS_PER_PX, { ink: INK.text.light }),
    ...lines(workload.condition ?? '', CHARACTERS_PER_PX, {}),
  ];
}

const placed = (lines, top) =>
  lines.map(([line, look], index) => textAt(0, top + index * LINE + 12, line, look));

/// The panel as an SVG file; it has to have a plot.
export function pictureOf(chart, panel) {
  const width = Math.max(PANEL_WIDTH, Math.ceil(panel.width));
  const heading = headingOf(chart, panel.workload, width);
  const notes = panel.notes
    .flatMap((note) => wrap(note, Math.floor(width * CHARACTERS_PER_PX)))
    .map((line) => [line, {}]);
  const top = heading.length * LINE + GAP;
  const bottom = top + panel.height;
  const height = bottom + notes.length * LINE + 2 * GAP;
  const mm = (px) => `${((px * COLUMN_MM) / PANEL_WIDTH).toFixed(2)}mm`;
  const plot = panel.svg.replace('<svg ', `<svg x="0" y="${top}" `);
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" width="${mm(width)}" height="${mm(height)}"
 viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc"
 font-family="${FONT}">
<title id="title">${headline(chart)}: ${panel.workload.title}</title>
<desc id="desc">${own(describe(chart))}</desc>
<rect width="${width}" height="${height}" fill="${INK.paper.light}"/>
${placed(heading, 0)}${raw(plot)}${placed(notes, bottom + GAP)}
</svg>`}\n`;
}
