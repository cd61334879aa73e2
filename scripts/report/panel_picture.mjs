// One panel as a stand-alone SVG file for one column of a paper: 85 mm wide, no text below 8 pt. It
// contains its conditions and exclusions; the caption of the chart is its description.

import { FONT, INK, PANEL_WIDTH } from './theme.mjs';
import { clean, html, own, raw } from './text.mjs';
import { describe, headline, textAt, wrap } from './sheet.mjs';

const COLUMN_MM = 85; // printed width of PANEL_WIDTH; wider panels in proportion
const LINE = 15;
const GAP = 6;
const CHARACTERS_PER_PX = 1 / 5.7; // of text of 11 px; an upper bound of its width
const BOLD_PER_PX = 1 / 7;

/// The lines above the plot as [text, style].
function headingOf(chart, workload, width) {
  const bold = { ink: INK.text.light, weight: 600 };
  const lines = (text, perPx, style) =>
    wrap(clean(text), Math.floor(width * perPx)).map((line) => [line, style]);
  return [
    ...lines(headline(chart), BOLD_PER_PX, bold),
    ...lines(workload.title, CHARACTERS_PER_PX, { ink: INK.text.light }),
    ...lines(workload.condition ?? '', CHARACTERS_PER_PX, {}),
  ];
}

const placed = (lines, top) =>
  lines.map(([line, style], index) => textAt(0, top + index * LINE + 12, line, style));

/// The panel, which must have a plot, as an SVG file.
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
