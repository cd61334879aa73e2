// The rows of a panel that shows one absolute statistic, one contestant per row.

import { INK } from '../theme.mjs';
import { absentReason, isEligible } from '../tables.mjs';
import { COLOUR, TIP } from './marks.mjs';
import { noteLines, warningNotes } from './notes.mjs';

function rowOf({ label, colour, marker }, cell, { metric, figure, scaled, text }) {
  const { median, interval, restarts } = figure(cell);
  const eligible = isEligible(cell, metric);
  const range = interval ? ` (${text(interval.low)} to ${text(interval.high)})` : '';
  return {
    label,
    marker,
    eligible,
    cell,
    colour: eligible ? colour : INK.faded.light,
    median: scaled(median),
    text: text(median),
    tip: `${label}: ${text(median)}${range}`,
    hasInterval: interval !== null,
    low: scaled(interval?.low ?? median),
    high: scaled(interval?.high ?? median),
    restarts: restarts.map(scaled),
  };
}

/// `figure` returns the statistic of a cell, `scaled` converts it to the unit of the axis and
/// `text` to a label. Eligible cells are first, lowest figure first; the others are hollow.
export function statisticRows(tables, workload, statistic) {
  const rows = [];
  const notes = [];
  for (const contestant of tables.contestants) {
    const { name, label } = contestant;
    const cell = tables.cell(name, workload.name);
    if (!cell) notes.push([label, 'not run on this workload']);
    else if (!statistic.figure(cell)) notes.push([label, absentReason(cell, statistic.metric)]);
    else rows.push(rowOf(contestant, cell, statistic));
  }
  rows.sort((a, b) => Number(b.eligible) - Number(a.eligible) || a.median - b.median);
  const ineligible = rows.filter((row) => !row.eligible);
  return { rows, notes: [...warningNotes(ineligible, statistic.metric), ...noteLines(notes)] };
}

/// The figures of the rows as in run.json, for the data table of the panel.
export function statisticData(tables, workload, { figure }, unit) {
  const columns = ['contestant', unit, 'low', 'high', 'validity'];
  return {
    columns: columns.map((text, index) => ({ text, isNumber: index > 0 && text !== 'validity' })),
    rows: tables.contestants.flatMap(({ name, label }) => {
      const cell = tables.cell(name, workload.name);
      if (!cell) return [];
      const { median = null, interval } = figure(cell) ?? {};
      return [[label, median, interval?.low ?? null, interval?.high ?? null, cell.status]];
    }),
  };
}

/// Every restart of a row as a dot. The dots of a row are one path, to keep the picture small.
export function restartLayer(rows, x, y) {
  const values = rows.flatMap(({ label, colour, restarts }) =>
    restarts.flatMap((figure, index) => {
      const dot = { label, colour, tip: `${label}: every restart, as a dot` };
      return [
        { ...dot, figure, step: 2 * index },
        { ...dot, figure: null, step: 2 * index + 1 },
      ];
    }),
  );
  return {
    name: 'restarts',
    data: { values },
    mark: { type: 'line', aria: true, strokeWidth: 3.2, strokeCap: 'round', opacity: 0.5 },
    encoding: {
      x: x('figure'),
      y,
      stroke: COLOUR,
      detail: { field: 'label', type: 'nominal' },
      order: { field: 'step', type: 'quantitative' },
      description: TIP,
    },
  };
}

/// The layer that writes each row's figure to the right of the plot.
export const figureLayer = (rows, y) => ({
  name: 'figure',
  data: { values: rows },
  mark: { type: 'text', aria: true, align: 'left', baseline: 'middle' },
  encoding: {
    x: { value: { expr: 'width + 8' } },
    y,
    text: { field: 'text' },
    ...(rows.some(({ tip }) => tip) && { description: TIP }),
  },
});
