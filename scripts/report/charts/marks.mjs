// Pieces of specifications that several charts share.

import { noteLines } from './notes.mjs';

/// At most so many series stand in one panel; more become small multiples.
export const MOST_SERIES = 6;

/// The description of a contestant's mark, "LABEL: what it shows": rows carry it as `said`.
export const SAID = { field: 'said', type: 'nominal' };

/// A literal colour, dash or shape from the row itself.
export const literal = (field) => ({ field, type: 'nominal', scale: null });

/// Dots as one path: a line that is broken after every row, with round ends. Figures that are many
/// cost little in a page this way.
export const dots = (diameter) => ({
  type: 'line',
  strokeCap: 'round',
  strokeWidth: diameter,
  invalid: 'break-paths-filter-domains',
});

/// A place in px from the top of a plot so high. A line breaks only at what its scale cannot place,
/// so there has to be one.
export const fromTop = (field, height) => ({
  field,
  type: 'quantitative',
  scale: { domain: [0, height], reverse: true, nice: false, zero: false },
  axis: null,
});

/// A number from the row itself, such as a width in px.
export const asItIs = (field) => ({ field, type: 'quantitative', scale: null });

/// A place in px from the left of the plot.
export const fromLeft = (field) => ({ ...asItIs(field), axis: null });

/// The rows of such a line: each is followed by one without a figure in `field`, which breaks it.
export const broken = (rows, field) => rows.flatMap((row) => [row, { ...row, [field]: null }]);

/// The list in parts of at most `most`, as even as possible.
export function evenly(rows, most = MOST_SERIES) {
  const parts = Math.ceil(rows.length / most);
  const cut = (part) => Math.round((part * rows.length) / parts);
  return Array.from({ length: parts }, (_, part) => rows.slice(cut(part), cut(part + 1)));
}

/// Panels of a workload, each with some of the series; those that are `missing` stand below the last.
/// `panelOf` gives spec and data of a part.
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
