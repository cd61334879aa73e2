// Parts of specifications that several charts use.

import { noteLines } from './notes.mjs';

/// The most series in one panel; with more the chart has several panels.
export const MAX_SERIES = 6;

/// A colour, dash or shape given by the row.
export const literal = (field) => ({ field, type: 'nominal', scale: null });

export const COLOUR = literal('colour');
export const MARKER = literal('marker');
/// The description of a contestant's mark, "LABEL: what it shows".
export const TIP = { field: 'tip', type: 'nominal' };

/// Dots as one path, which keeps the page small: a line with round ends that is broken after every
/// row.
export const dots = (diameter) => ({
  type: 'line',
  strokeCap: 'round',
  strokeWidth: diameter,
  invalid: 'break-paths-filter-domains',
});

/// A position in px from the top of a plot of this height. It has a scale because a line breaks
/// only at values that its scale cannot place.
export const fromTop = (field, height) => ({
  field,
  type: 'quantitative',
  scale: { domain: [0, height], reverse: true, nice: false, zero: false },
  axis: null,
});

/// A number given by the row, such as a width in px.
export const unscaled = (field) => ({ field, type: 'quantitative', scale: null });

/// A position in px from the left of the plot.
export const fromLeft = (field) => ({ ...unscaled(field), axis: null });

/// The rows of a broken line: each is followed by one with null in `field`.
export const broken = (rows, field) => rows.flatMap((row) => [row, { ...row, [field]: null }]);

/// Splits the list into parts of at most `maxSize`, as even as possible.
export function evenly(rows, maxSize = MAX_SERIES) {
  const parts = Math.ceil(rows.length / maxSize);
  const cut = (part) => Math.round((part * rows.length) / parts);
  return Array.from({ length: parts }, (_, part) => rows.slice(cut(part), cut(part + 1)));
}

/// The panels of a workload, each with a part of the series; the notes in `missing` are below the
/// last. `panelOf` returns spec and data of a part.
export function inParts(workload, series, missing, panelOf) {
  return evenly(series).map((part, index, parts) => ({
    workload: partOf(workload, index, parts.length),
    notes: noteLines([
      ...part.flatMap(({ notes }) => notes),
      ...(index === parts.length - 1 ? missing : []),
    ]),
    ...panelOf(part),
  }));
}

/// The workload as the heading of one of several panels.
const partOf = (workload, part, parts) =>
  parts === 1 ? workload : { ...workload, title: `${workload.title} (${part + 1} of ${parts})` };
