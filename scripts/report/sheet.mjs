// A chart as one stand-alone SVG file: title, caption, panels in a grid, and notes. It contains all
// conditions and exclusions, so that it can be used outside the report.

import { FONT, INK, PANEL_WIDTH } from './theme.mjs';
import { clean, html, own, raw } from './text.mjs';

const COLUMNS = 3;
const GAP = 28;
const MARGIN = 24;
const HEADING = 38; // px above a panel for its workload and conditions
const LINE = 16;
const CHARACTERS_PER_PX = 1 / 6.1; // of notes of 11 px; an upper bound of their width

export const BETTER = { higher: 'higher is better', lower: 'lower is better' };

/// The title, and which direction is better, if all figures of the chart have the same.
export const headline = ({ title, better }) =>
  better === null ? title : `${title} (${BETTER[better]})`;

export const describe = (chart) => `${headline(chart)}. ${chart.caption}`;

/// The text in lines of at most `limit` characters, broken at spaces.
export function wrap(text, limit) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1];
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= limit) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.flatMap((line) => line.match(new RegExp(`.{1,${limit}}`, 'gu')) ?? []);
}

/// A line of text whose baseline is at `y`, all in px.
export const textAt = (
  x,
  y,
  content,
  { size = 11, ink = INK.muted.light, weight = 'normal' } = {},
) => html`
<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${ink}">${content}</text>`;

/// The number of panels in a row, and the width of the widest panel.
function gridOf(panels) {
  const width = Math.max(PANEL_WIDTH, ...panels.map((panel) => panel.width));
  const room = COLUMNS * PANEL_WIDTH + (COLUMNS - 1) * GAP;
  const columns = Math.max(1, Math.floor((room + GAP) / (width + GAP)));
  return { columns, width };
}

function placePanels(panels, { columns, width }, top) {
  const pieces = [];
  let y = top;
  for (let first = 0; first < panels.length; first += columns) {
    const row = panels.slice(first, first + columns);
    row.forEach((panel, column) => {
      const x = MARGIN + column * (width + GAP);
      const inner = panel.svg.replace(/ font-family="[^"]*"/, '');
      const plot = raw(inner.replace('<svg ', `<svg x="${x}" y="${y + HEADING}" `));
      pieces.push(
        textAt(x, y + 13, clean(panel.workload.title, 44), {
          size: 13,
          ink: INK.text.light,
          weight: 600,
        }),
      );
      pieces.push(textAt(x, y + 29, clean(panel.workload.condition ?? '', 60)), plot);
    });
    y += HEADING + Math.max(...row.map((panel) => panel.height)) + GAP;
  }
  return { pieces, bottom: y };
}

/// Lines of text from `y`, and where they end.
function placeText(lines, y) {
  return {
    pieces: lines.map((line, index) => textAt(MARGIN, y + index * LINE, line)),
    bottom: y + lines.length * LINE,
  };
}

const noteLines = (chart, limit) =>
  chart.panels.flatMap(({ workload, notes }) =>
    notes.flatMap((note) => wrap(`${clean(workload.title, 44)} · ${note}`, limit)),
  );

export function sheetOf(chart) {
  const drawn = chart.panels.filter((panel) => panel.svg !== null);
  const grid = gridOf(drawn);
  const columns = Math.min(grid.columns, drawn.length);
  const minWidth = 2 * PANEL_WIDTH + GAP; // for the title
  const width = 2 * MARGIN + Math.max(minWidth, columns * grid.width + (columns - 1) * GAP);
  const limit = Math.floor((width - 2 * MARGIN) * CHARACTERS_PER_PX);
  const caption = placeText(wrap(chart.caption, limit), MARGIN + 40);
  const empty = drawn.length === 0 ? ['No cell of this run has data for this chart.'] : [];
  const panels = placePanels(drawn, grid, caption.bottom + 12);
  const notes = placeText([...empty, ...noteLines(chart, limit)], panels.bottom + 4);
  const height = notes.bottom + MARGIN - LINE / 2;
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
 viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${chart.id}-title ${chart.id}-desc"
 font-family="${FONT}">
<title id="${chart.id}-title">${headline(chart)}</title>
<desc id="${chart.id}-desc">${own(chart.caption)}</desc>
<rect width="${width}" height="${height}" fill="${INK.paper.light}"/>
${textAt(MARGIN, MARGIN + 16, headline(chart), { size: 18, ink: INK.text.light, weight: 600 })}
${caption.pieces}${panels.pieces}
${notes.pieces}
</svg>`}\n`;
}
