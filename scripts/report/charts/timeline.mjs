// The run over time: one strip per workload with restarts, steal and slices without a figure.

import { duration } from '../format.mjs';
import { COLOURS } from '../palette.mjs';
import { INK, PANEL_WIDTH, config, maxTextWidth } from '../theme.mjs';
import { clean } from '../text.mjs';
import { unscaled, evenly, fromLeft, fromTop, literal } from './marks.mjs';

const MAX_STRIPS = 20; // in a panel
const STRIP = 18; // px
const LEGEND_HEIGHT = 22; // px above the strips
const NAME_LIMIT = 16;
const TICK_MS = 10; // resolution of steal in the kernel
const FULL_MS = 60; // steal in one slice that is drawn as high as the strip

const seconds = (ms) => ms / 1e3;

/// A workload's slices in seconds since its first one.
function stripOf(workload, table) {
  const { rows } = table;
  const start = rows[0].start;
  return {
    workload,
    name: clean(workload.name, NAME_LIMIT),
    start,
    length: seconds(rows[rows.length - 1].start - start),
    restarts: rows.filter((row, index) => row.restart !== rows[index - 1]?.restart),
    stolen: rows.filter((row) => row.steal > 0),
    blank: rows.filter((row) => row.figure === null),
    at: (row) => seconds(row.start - start),
  };
}

/// One path for all lines of a kind, each from (at, from) to (at, to), then broken. `from` and `to`
/// are px from the top.
function pathRows(lines) {
  return lines
    .flatMap(({ at, from, to }) => [
      { x: at, y: from },
      { x: at, y: to },
      { x: at, y: null },
    ])
    .map((row, index) => ({ ...row, index }));
}

function stripLines(strips) {
  const marks = { span: [], restart: [], steal: [], blank: [] };
  strips.forEach((strip, index) => {
    const top = index * STRIP;
    const [upper, lower] = [top + 3, top + STRIP - 3];
    marks.span.push({ low: 0, high: strip.length, upper, lower });
    for (const row of strip.restarts) {
      marks.restart.push({ at: strip.at(row), from: lower, to: lower + 3 });
    }
    for (const row of strip.stolen) {
      const share = Math.min(1, Math.max(row.steal, 2 * TICK_MS) / FULL_MS);
      marks.steal.push({ at: strip.at(row), from: lower, to: lower - share * (lower - upper) });
    }
    for (const row of strip.blank) {
      marks.blank.push({ at: strip.at(row), from: upper, to: upper + 4 });
    }
  });
  return marks;
}

/// A layer that draws all lines of a kind as one path.
const lineLayer = (name, lines, x, y, mark) => ({
  name,
  data: { values: pathRows(lines) },
  mark: { type: 'line', strokeCap: 'butt', invalid: 'break-paths-filter-domains', ...mark },
  encoding: { x: x('x'), y, order: { field: 'index', type: 'quantitative' } },
});

const MARKS = {
  restart: { stroke: INK.text.light, strokeWidth: 1 },
  steal: { stroke: INK.text.light, strokeWidth: 1.5 },
  blank: { stroke: COLOURS[1].light, strokeWidth: 1.5 },
};

function legendLayers(left, position) {
  const y = -LEGEND_HEIGHT + 8;
  const items = [
    { text: 'restart', x: 0, from: y + 3, to: y + 6, stroke: MARKS.restart.stroke, width: 1 },
    { text: 'steal', x: 62, from: y + 5, to: y - 5, stroke: MARKS.steal.stroke, width: 1.5 },
    { text: 'no figure', x: 112, from: y - 5, to: y - 1, stroke: MARKS.blank.stroke, width: 1.5 },
  ].map((item) => ({ ...item, x: item.x + 6 - left, textX: item.x + 13 - left, y }));
  return [
    {
      name: 'key',
      data: { values: items },
      mark: { type: 'rule' },
      encoding: {
        x: fromLeft('x'),
        y: position('from'),
        y2: { field: 'to' },
        stroke: literal('stroke'),
        strokeWidth: unscaled('width'),
      },
    },
    {
      name: 'keyText',
      data: { values: items },
      mark: { type: 'text', align: 'left', baseline: 'middle' },
      encoding: { x: fromLeft('textX'), y: position('y'), text: { field: 'text' } },
    },
  ];
}

function layersOf(strips, longest, left, height) {
  const marks = stripLines(strips);
  const x = (field) => ({
    field,
    type: 'quantitative',
    scale: { domain: [0, longest], nice: false },
    axis: { tickCount: 4, title: 'seconds since the start of the workload', labelFlush: false },
  });
  const position = (field) => fromTop(field, height);
  const names = strips.map((strip, index) => ({
    name: strip.name,
    start: duration(seconds(strip.start)),
    y: (index + 0.5) * STRIP,
  }));
  const text = { type: 'text', baseline: 'middle' };
  return [
    {
      name: 'span',
      data: { values: marks.span },
      mark: { type: 'rect', color: INK.band.light },
      encoding: {
        x: x('low'),
        x2: { field: 'high' },
        y: position('upper'),
        y2: { field: 'lower' },
      },
    },
    ...['restart', 'steal', 'blank'].map((kind) =>
      lineLayer(kind, marks[kind], x, position('y'), MARKS[kind]),
    ),
    {
      name: 'name',
      data: { values: names },
      mark: { ...text, align: 'right' },
      encoding: { x: { value: -8 }, y: position('y'), text: { field: 'name' } },
    },
    {
      name: 'start',
      data: { values: names },
      mark: { ...text, align: 'left', color: INK.muted.light },
      encoding: {
        x: { value: { expr: 'width + 8' } },
        y: position('y'),
        text: { field: 'start' },
      },
    },
    ...legendLayers(left, position),
  ];
}

/// The slices with steal or without a figure; run.json has all slices.
const dataOf = (strips) => ({
  columns: [
    { text: 'workload', isNumber: false },
    { text: 'contestant', isNumber: false },
    ...['restart', 'round', 'start (ms)', 'steal (ms)', 'figure'].map((text) => ({
      text,
      isNumber: true,
    })),
  ],
  rows: strips.flatMap(({ workload, stolen, blank }) =>
    [...new Set([...stolen, ...blank])].map((row) => [
      workload.title,
      row.contestant.label,
      row.restart + 1,
      row.round + 1,
      row.start,
      row.steal,
      row.figure,
    ]),
  ),
});

function panelOf(strips, index, parts) {
  const left = maxTextWidth(strips.map(({ name }) => name)) + 8;
  const right = maxTextWidth(strips.map(({ start }) => duration(seconds(start)))) + 12;
  const height = STRIP * strips.length + 2;
  const longest = Math.max(1, ...strips.map(({ length }) => length));
  return {
    workload: {
      title: parts === 1 ? 'All workloads' : `Workloads (${index + 1} of ${parts})`,
      condition: 'on the right: start of the workload in the run',
    },
    notes: [],
    data: dataOf(strips),
    spec: {
      width: PANEL_WIDTH - left - right,
      height,
      padding: { left, right, top: LEGEND_HEIGHT, bottom: 38 },
      autosize: 'none',
      config,
      layer: layersOf(strips, longest, left, height),
    },
  };
}

/// Workloads with all contestants are long; sweeps are short and get panels of their own.
function panelsOf(tables, strips) {
  const isLong = ({ workload }) => tables.charted.includes(workload);
  const [long, short] = [strips.filter(isLong), strips.filter((strip) => !isLong(strip))];
  const parts = [long, short]
    .filter((list) => list.length > 0)
    .flatMap((list) => evenly(list, MAX_STRIPS));
  return parts.map((part, index) => panelOf(part, index, parts.length));
}

const NONE = {
  workload: { title: 'All workloads', condition: '' },
  notes: ['this run.json has no slices: it was written by an earlier version'],
};

export const timeline = {
  id: 'timeline',
  title: 'Timeline of the run',
  better: null,
  caption:
    'One strip per workload, in the order of measurement; all strips of a panel have the same ' +
    'axis. A tick at the bottom is the start of a restart. A line from the bottom is a slice ' +
    `with steal: the hypervisor took time from the CPUs of the run (in ticks of ${TICK_MS} ms; ` +
    `${FULL_MS} ms or more have the height of the strip). A tick at the top is a slice without a ` +
    'figure, because no request was answered or the contestant failed. Slices with steal are not ' +
    'excluded from the medians.',
  panels: (tables) => {
    const strips = tables.workloads
      .filter(({ name }) => tables.slices.get(name)?.rows.length > 0)
      .map((workload) => stripOf(workload, tables.slices.get(workload.name)));
    if (strips.length === 0) return [NONE];
    return panelsOf(tables, strips);
  },
};
