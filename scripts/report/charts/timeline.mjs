// The run over time: a strip per workload with its restarts, the steal and the slices without a
// figure.

import { duration } from '../format.mjs';
import { COLOURS } from '../palette.mjs';
import { INK, PANEL_WIDTH, config, textRoom } from '../theme.mjs';
import { clean } from '../text.mjs';
import { asItIs, evenly, fromLeft, fromTop, literal } from './marks.mjs';

const MOST_STRIPS = 20; // in a panel
const STRIP = 18; // px
const KEY_HEIGHT = 22; // px above the strips
const NAME_LIMIT = 16;
const TICK_MS = 10; // in which the kernel tells steal
const TALL_MS = 60; // of steal in one slice, drawn as high as the strip

const seconds = (ms) => ms / 1e3;

/// A workload's slices in seconds since its first one.
function stripOf(workload, table) {
  const { rows } = table;
  const began = rows[0].start;
  return {
    workload,
    name: clean(workload.name, NAME_LIMIT),
    began,
    length: seconds(rows[rows.length - 1].start - began),
    restarts: rows.filter((row, index) => row.restart !== rows[index - 1]?.restart),
    stolen: rows.filter((row) => row.steal > 0),
    blank: rows.filter((row) => row.figure === null),
    at: (row) => seconds(row.start - began),
  };
}

/// One path for all lines of a kind: from (at, from) to (at, to), in px of the panel's height, then
/// broken.
function pathRows(lines) {
  return lines
    .flatMap(({ at, from, to, lean = 0 }) => [
      { x: at - lean, y: from },
      { x: at + lean, y: to },
      { x: at, y: null },
    ])
    .map((row, index) => ({ ...row, index }));
}

function stripLines(strips) {
  const marks = { span: [], restart: [], steal: [], blank: [] };
  strips.forEach((strip, place) => {
    const top = place * STRIP;
    const [upper, lower] = [top + 3, top + STRIP - 3];
    marks.span.push({ low: 0, high: strip.length, upper, lower });
    for (const row of strip.restarts) {
      marks.restart.push({ at: strip.at(row), from: lower, to: lower + 3 });
    }
    for (const row of strip.stolen) {
      const share = Math.min(1, Math.max(row.steal, 2 * TICK_MS) / TALL_MS);
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

/// The restarts of a strip can stand closer than their width only where the marks coincide anyway.
const MARKS = {
  restart: { stroke: INK.text.light, strokeWidth: 1 },
  steal: { stroke: INK.text.light, strokeWidth: 1.5 },
  blank: { stroke: COLOURS[1].light, strokeWidth: 1.5 },
};

function keyLayers(left, place) {
  const y = -KEY_HEIGHT + 8;
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
        y: place('from'),
        y2: { field: 'to' },
        stroke: literal('stroke'),
        strokeWidth: asItIs('width'),
      },
    },
    {
      name: 'keyText',
      data: { values: items },
      mark: { type: 'text', align: 'left', baseline: 'middle' },
      encoding: { x: fromLeft('textX'), y: place('y'), text: { field: 'text' } },
    },
  ];
}

function layersOf(strips, longest, left, height) {
  const marks = stripLines(strips);
  const x = (field) => ({
    field,
    type: 'quantitative',
    scale: { domain: [0, longest], nice: false },
    axis: { tickCount: 4, title: 'seconds since the workload began', labelFlush: false },
  });
  const place = (field) => fromTop(field, height);
  const names = strips.map((strip, index) => ({
    name: strip.name,
    began: duration(seconds(strip.began)),
    y: (index + 0.5) * STRIP,
  }));
  const text = { type: 'text', baseline: 'middle' };
  return [
    {
      name: 'span',
      data: { values: marks.span },
      mark: { type: 'rect', color: INK.band.light },
      encoding: { x: x('low'), x2: { field: 'high' }, y: place('upper'), y2: { field: 'lower' } },
    },
    ...['restart', 'steal', 'blank'].map((kind) =>
      lineLayer(kind, marks[kind], x, place('y'), MARKS[kind]),
    ),
    {
      name: 'name',
      data: { values: names },
      mark: { ...text, align: 'right' },
      encoding: { x: { value: -8 }, y: place('y'), text: { field: 'name' } },
    },
    {
      name: 'began',
      data: { values: names },
      mark: { ...text, align: 'left', color: INK.muted.light },
      encoding: {
        x: { value: { expr: 'width + 8' } },
        y: place('y'),
        text: { field: 'began' },
      },
    },
    ...keyLayers(left, place),
  ];
}

/// The slices that something was wrong with; all of them are in run.json.
const dataOf = (strips) => ({
  columns: [
    { text: 'workload', isNumber: false },
    { text: 'contestant', isNumber: false },
    ...['restart', 'round', 'began after (ms)', 'steal (ms)', 'figure'].map((text) => ({
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
  const left = textRoom(strips.map(({ name }) => name)) + 8;
  const right = textRoom(strips.map(({ began }) => duration(seconds(began)))) + 12;
  const height = STRIP * strips.length + 2;
  const longest = Math.max(1, ...strips.map(({ length }) => length));
  return {
    workload: {
      title: parts === 1 ? 'All workloads' : `Workloads (${index + 1} of ${parts})`,
      condition: 'to the right: how long after the start of the run',
    },
    notes: [],
    data: dataOf(strips),
    spec: {
      width: PANEL_WIDTH - left - right,
      height,
      padding: { left, right, top: KEY_HEIGHT, bottom: 38 },
      autosize: 'none',
      config,
      layer: layersOf(strips, longest, left, height),
    },
  };
}

/// The workloads that all take part in are long, and stand beside each other; sweeps are short.
function panelsOf(tables, strips) {
  const isLong = ({ workload }) => tables.charted.includes(workload);
  const [long, short] = [strips.filter(isLong), strips.filter((strip) => !isLong(strip))];
  const parts = [long, short]
    .filter((list) => list.length > 0)
    .flatMap((list) => evenly(list, MOST_STRIPS));
  return parts.map((part, index) => panelOf(part, index, parts.length));
}

const NONE = {
  workload: { title: 'All workloads', condition: '' },
  notes: ['this run.json has no slices: it was written by an earlier version'],
};

export const timeline = {
  id: 'timeline',
  title: 'The run over time',
  better: null,
  caption:
    'A strip per workload, in the order in which they were measured; a panel has one axis. A tick ' +
    'below begins a restart. A line inside is a slice in which the hypervisor took time from the ' +
    `CPUs of the run (steal, told in ticks of ${TICK_MS} ms; as high as the strip from ${TALL_MS} ` +
    'ms on). A tick above is a slice without a figure, because nothing was answered or because its ' +
    'contestant failed. Slices with steal count like all others: medians are taken over them.',
  panels: (tables) => {
    const strips = tables.workloads
      .filter(({ name }) => tables.slices.get(name)?.rows.length > 0)
      .map((workload) => stripOf(workload, tables.slices.get(workload.name)));
    if (strips.length === 0) return [NONE];
    return panelsOf(tables, strips);
  },
};
