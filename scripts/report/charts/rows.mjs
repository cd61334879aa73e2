// The rows of a panel that shows one absolute statistic, one contestant per row.

import { INK } from '../theme.mjs';
import { doubtNotes } from './doubts.mjs';
import { noteLines } from './notes.mjs';
import { isComparable, whyAbsent } from '../tables.mjs';

function rowOf({ label, colour, marker }, cell, { metric, figure, scaled, text }) {
  const { median, interval, restarts } = figure(cell);
  const isSound = isComparable(cell, metric);
  const range = interval ? ` (${text(interval.low)} to ${text(interval.high)})` : '';
  return {
    label,
    marker,
    isSound,
    cell,
    colour: isSound ? colour : INK.faded.light,
    median: scaled(median),
    text: text(median),
    tip: `${label}: ${text(median)}${range}`,
    hasInterval: interval !== null,
    low: scaled(interval?.low ?? median),
    high: scaled(interval?.high ?? median),
    restarts: restarts.map(scaled),
  };
}

/// `figure` picks the statistic from a cell, `scaled` turns it into the unit of the axis and `text`
/// into the label. Comparable cells come first, best (lowest) first; the others are hollow.
export function statisticRows(tables, workload, statistic) {
  const rows = [];
  const notes = [];
  for (const contestant of tables.contestants) {
    const { name, label } = contestant;
    const cell = tables.cell(name, workload.name);
    if (!cell) notes.push([label, 'not run on this workload']);
    else if (!statistic.figure(cell)) notes.push([label, whyAbsent(cell, statistic.metric)]);
    else rows.push(rowOf(contestant, cell, statistic));
  }
  rows.sort((a, b) => Number(b.isSound) - Number(a.isSound) || a.median - b.median);
  return { rows, notes: [...doubtNotes(rows.filter((row) => !row.isSound), statistic.metric), ...noteLines(notes)] };
}

/// The rows' figures as they stand in run.json, for the table beside the panel.
export function statisticData(tables, workload, { figure }, unit) {
  const columns = ['contestant', unit, 'low', 'high', 'validity'];
  return {
    columns: columns.map((text, place) => ({ text, isNumber: place > 0 && text !== 'validity' })),
    rows: tables.contestants.flatMap(({ name, label }) => {
      const cell = tables.cell(name, workload.name);
      if (!cell) return [];
      const { median = null, interval } = figure(cell) ?? {};
      return [[label, median, interval?.low ?? null, interval?.high ?? null, cell.status]];
    }),
  };
}

const TIP = { field: 'tip', type: 'nominal' };

/// Every restart of a row as a dot; those of one row are one path, to keep the picture small.
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
      stroke: { field: 'colour', type: 'nominal', scale: null },
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
