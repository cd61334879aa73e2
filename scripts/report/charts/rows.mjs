// The rows of a panel that shows one absolute statistic, one contestant per row.

import { INK } from '../theme.mjs';
import { noteLines } from './notes.mjs';
import { isComparable, whyAbsent, whyNot } from '../tables.mjs';

/// `figure` picks the statistic from a cell, `scaled` turns it into the unit of the axis and `text`
/// into the label. Comparable cells come first, best (lowest) first; the others are hollow.
export function statisticRows(tables, workload, { metric, figure, scaled, text }) {
  const rows = [];
  const notes = [];
  for (const { name, label, colour, marker } of tables.contestants) {
    const cell = tables.cell(name, workload.name);
    const statistic = cell && figure(cell);
    if (!cell) notes.push([label, 'not run on this workload']);
    else if (!statistic) notes.push([label, whyAbsent(cell, metric)]);
    else {
      const isSound = isComparable(cell, metric);
      if (!isSound) notes.push([label, whyNot(cell), 'hollow']);
      const { median, interval, restarts } = statistic;
      rows.push({
        label,
        marker,
        isSound,
        colour: isSound ? colour : INK.faded.light,
        median: scaled(median),
        text: text(median),
        hasInterval: interval !== null,
        low: scaled(interval?.low ?? median),
        high: scaled(interval?.high ?? median),
        restarts: restarts.map(scaled),
      });
    }
  }
  rows.sort((a, b) => Number(b.isSound) - Number(a.isSound) || a.median - b.median);
  return { rows, notes: noteLines(notes) };
}

/// The layer that writes each row's figure to the right of the plot.
export const figureLayer = (rows, y) => ({
  name: 'figure',
  data: { values: rows },
  mark: { type: 'text', align: 'left', baseline: 'middle' },
  encoding: { x: { value: { expr: 'width + 8' } }, y, text: { field: 'text' } },
});
