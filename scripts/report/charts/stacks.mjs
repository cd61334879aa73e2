// A panel of stacked bars from zero, one contestant per row. A row is {label, colour, eligible,
// segments, text} and may have `mark`, a figure shown as a vertical tick across the bar, with
// `markText`. A segment is {name, value, text, opacity}, in the unit of the axis; an `isRest`
// segment is an empty outline for the unexplained rest.

import { INK, config, rowAxis, rowFrame } from '../theme.mjs';
import { COLOUR, TIP } from './marks.mjs';
import { figureLayer } from './rows.mjs';

const BAR = 13; // px

/// Stacks segments from zero, negative ones in the other direction.
function placed({ label, colour, segments }) {
  const ends = { up: 0, down: 0 };
  return segments
    .filter(({ value }) => value !== 0)
    .map(({ name, value, text, opacity, isRest = false }) => {
      const side = value > 0 ? 'up' : 'down';
      const start = ends[side];
      ends[side] += value;
      const tip = `${label}: ${name} ${text}`;
      return { label, colour, opacity, isRest, start, end: ends[side], tip };
    });
}

const description = TIP;

function barLayers(bars, x, y) {
  const at = { x: { ...x('start'), stack: null }, x2: { field: 'end' }, y, description };
  return [
    {
      name: 'part',
      data: { values: bars.filter(({ isRest }) => !isRest) },
      mark: { type: 'bar', aria: true, height: BAR, strokeWidth: 0.6, stroke: INK.paper.light },
      encoding: {
        ...at,
        fill: COLOUR,
        fillOpacity: { field: 'opacity', type: 'quantitative', scale: null },
      },
    },
    {
      name: 'rest',
      data: { values: bars.filter(({ isRest }) => isRest) },
      mark: {
        type: 'bar',
        aria: true,
        height: BAR - 1,
        fill: INK.paper.light,
        fillOpacity: 0,
        strokeWidth: 1,
        strokeDash: [2, 2],
      },
      encoding: { ...at, stroke: COLOUR },
    },
  ];
}

const markLayer = (rows, x, y) => ({
  name: 'mark',
  data: {
    values: rows
      .filter(({ mark }) => mark !== undefined && mark !== null)
      .map(({ label, mark, markText }) => ({ label, mark, tip: `${label}: ${markText}` })),
  },
  mark: { type: 'tick', aria: true, orient: 'vertical', size: BAR + 6, thickness: 2, opacity: 1 },
  encoding: { x: x('mark'), y, color: { value: INK.text.light }, description },
});

/// The specification of a panel; the rows keep their order.
export function stackPanel(rows, title) {
  const bars = rows.flatMap(placed);
  const marks = rows.map(({ mark }) => mark ?? 0);
  const figures = bars.map(({ end }) => end);
  const highest = Math.max(0, ...figures, ...marks);
  const lowest = Math.min(0, ...figures);
  const scale = { domain: [lowest * 1.03, highest * 1.03 || 1], nice: false };
  const axis = { tickCount: 4, title, labelFlush: false, format: '~r' };
  const x = (field) => ({ field, type: 'quantitative', scale, axis });
  const names = rows.map(({ label }) => label);
  const y = rowAxis(names);
  const frame = rowFrame(
    names,
    rows.map(({ text }) => text),
  );
  const texts = rows.map((row) => ({ ...row, tip: `${row.label}: ${row.text}` }));
  const layer = [...barLayers(bars, x, y), markLayer(rows, x, y), figureLayer(texts, y)];
  const isDrawn = ({ data }) => data.values.length > 0;
  return { ...frame, config, layer: layer.filter(isDrawn) };
}
