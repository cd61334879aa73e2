// Percentiles of the response time, one line per contestant with its name at the right end.

import { time } from '../format.mjs';
import { INK, PANEL_WIDTH, SIZE, config, maxTextWidth } from '../theme.mjs';
import { PERCENTILES, isEligible, absentReason, ineligibleReason } from '../tables.mjs';
import { COLOUR, MARKER, TIP, inParts, literal } from './marks.mjs';
import { noteLines } from './notes.mjs';
import { logTicks, MICROS_LABEL } from './ticks.mjs';

const METRIC = 'response_time_ns';
const HEIGHT = 190; // px
const LABEL_GAP = 13; // px between two names
const PADDING = { left: 54, top: 10, bottom: 40 };
const LEADER = 14; // px from the plot to the end of a name's leader line
const LAST = PERCENTILES.length - 1;

/// The points of one contestant's line, and notes on percentiles that are null.
function lineOf(contestant, cell) {
  const notes = [];
  const { label, colour, marker, dash } = contestant;
  if (!cell.response) {
    return { notes: [[label, absentReason(cell, METRIC)]], points: [] };
  }
  const eligible = isEligible(cell, METRIC);
  const points = [];
  PERCENTILES.forEach(({ key, label: percentile }, position) => {
    const ns = cell.response[key];
    const tip = `${label}: ${percentile} response time ${time(ns)}`;
    if (ns > 0) points.push({ position, micros: ns / 1e3, tip });
    else notes.push([label, `no ${percentile} — ${absentReason(cell, `${METRIC}.${key}`)}`]);
  });
  if (!eligible) notes.push([label, ineligibleReason(cell, METRIC), 'hollow, thin']);
  const style = { label, marker, dash, eligible, colour: eligible ? colour : INK.faded.light };
  return {
    ...style,
    raw: cell.response,
    notes,
    end: points[points.length - 1],
    points: points.map((p) => ({ ...p, ...style })),
  };
}

/// The lines that can be drawn, and notes on contestants without one.
function linesOf(tables, workload) {
  const missing = [];
  const lines = [];
  for (const contestant of tables.contestants) {
    const cell = tables.cell(contestant.name, workload.name);
    const line = cell && lineOf(contestant, cell);
    if (!cell) missing.push([contestant.label, 'not run on this workload']);
    else if (line.points.length === 0) missing.push(...line.notes);
    else lines.push(line);
  }
  return { lines, missing };
}

/// y positions of the names in px: close to the wanted ones, at least LABEL_GAP apart, within the
/// plot.
export function spread(wanted, height) {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y);
  let min = LABEL_GAP / 2;
  for (const label of order) {
    label.y = Math.max(label.y, min);
    min = label.y + LABEL_GAP;
  }
  let max = height - LABEL_GAP / 2;
  for (const label of order.reverse()) {
    label.y = Math.min(label.y, max);
    max = label.y - LABEL_GAP;
  }
  const placed = new Array(wanted.length);
  for (const { y, index } of order) placed[index] = y;
  return placed;
}

/// Positions of the names on the time axis.
function labelsOf(lines, [low, high], height) {
  const toPixel = (micros) => height * (1 - Math.log(micros / low) / Math.log(high / low));
  const toMicros = (y) => low * (high / low) ** (1 - y / height);
  const placed = spread(
    lines.map((line) => toPixel(line.end.micros)),
    height,
  );
  return lines.map(({ label, colour, end }, index) => ({
    label,
    colour,
    position: end.position,
    micros: end.micros,
    labelMicros: toMicros(placed[index]),
  }));
}

/// The delay floor of the machine for each percentile, as the maximum over all CPUs.
export function floorsOf(tables) {
  return PERCENTILES.map(({ key }, position) => {
    const floors = tables.cpus.map((cpu) => cpu.floor[key]).filter((ns) => ns > 0);
    return { position, micros: floors.length > 0 ? Math.max(...floors) / 1e3 : 0 };
  }).filter(({ micros }) => micros > 0);
}

function layersOf(lines, floors, domain, height) {
  const points = lines.flatMap((line) => line.points);
  const x = {
    field: 'position',
    type: 'quantitative',
    scale: { domain: [-0.15, LAST], nice: false, zero: false },
    axis: {
      values: PERCENTILES.map((_, position) => position),
      title: 'percentile of requests',
      grid: false,
      labelFlush: false,
      labelExpr: `${JSON.stringify(PERCENTILES.map(({ label }) => label))}[datum.value]`,
    },
  };
  const y = (field) => ({
    field,
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    axis: {
      values: logTicks(...domain),
      labelExpr: MICROS_LABEL,
      title: null,
      domain: false,
      ticks: false,
    },
  });
  const line = { type: 'line', strokeWidth: 1.8 };
  const ofLine = {
    x,
    y: y('micros'),
    stroke: COLOUR,
    strokeDash: literal('dash'),
    detail: { field: 'label', type: 'nominal' },
  };
  const filled = points.filter((row) => row.eligible);
  const hollow = points.filter((row) => !row.eligible);
  return [
    {
      name: 'floor',
      data: { values: floors.filter(({ micros }) => micros >= domain[0]) },
      mark: { type: 'tick', orient: 'horizontal', size: 26, thickness: 3, opacity: 1 },
      encoding: { x, y: y('micros'), color: { value: INK.faded.light } },
    },
    { name: 'line', data: { values: filled }, mark: line, encoding: ofLine },
    {
      name: 'hollow_line',
      data: { values: hollow },
      mark: { ...line, strokeWidth: 1, opacity: 0.8 },
      encoding: ofLine,
    },
    {
      name: 'point',
      data: { values: filled },
      mark: { type: 'point', filled: true, opacity: 1, size: SIZE.dot, aria: true },
      encoding: { x, y: y('micros'), color: COLOUR, shape: MARKER, description: TIP },
    },
    {
      name: 'hollow',
      data: { values: hollow },
      mark: { type: 'point', opacity: 1, size: SIZE.dot, fill: INK.paper.light, aria: true },
      encoding: { x, y: y('micros'), stroke: COLOUR, shape: MARKER, description: TIP },
    },
    ...nameLayers(labelsOf(lines, domain, height), x, y),
  ];
}

function nameLayers(labels, x, y) {
  return [
    {
      name: 'leader',
      data: { values: labels },
      mark: { type: 'rule', strokeWidth: 0.8, opacity: 0.7 },
      encoding: {
        x,
        x2: { value: { expr: `width + ${LEADER}` } },
        y: y('micros'),
        y2: { field: 'labelMicros' },
        stroke: COLOUR,
      },
    },
    {
      name: 'name',
      data: { values: labels },
      mark: { type: 'text', align: 'left', baseline: 'middle', dx: LEADER + 3 },
      encoding: { x: { value: { expr: 'width' } }, y: y('labelMicros'), text: { field: 'label' } },
    },
  ];
}

/// The time axis of all panels of a workload.
function domainOf(lines, floors) {
  const times = lines.flatMap((line) => line.points.map(({ micros }) => micros));
  const highest = Math.max(...times, ...floors.map(({ micros }) => micros));
  return [Math.min(...times) / 1.25, highest * 1.25];
}

const dataOf = (lines) => ({
  columns: [
    { text: 'contestant', isNumber: false },
    ...PERCENTILES.map(({ label }) => ({ text: `${label} (ns)`, isNumber: true })),
  ],
  rows: lines.map(({ label, raw }) => [label, ...PERCENTILES.map(({ key }) => raw[key])]),
});

function panelsOf(tables, workload) {
  const { lines, missing } = linesOf(tables, workload);
  if (lines.length === 0) return [{ workload, notes: noteLines(missing) }];
  const floors = floorsOf(tables);
  const domain = domainOf(lines, floors);
  const right = LEADER + 6 + maxTextWidth(lines.map(({ label }) => label));
  const frame = {
    width: PANEL_WIDTH - PADDING.left - right,
    height: HEIGHT,
    padding: { ...PADDING, right },
    autosize: 'none',
    config,
  };
  return inParts(workload, lines, missing, (part) => ({
    spec: { ...frame, layer: layersOf(part, floors, domain, HEIGHT) },
    data: dataOf(part),
  }));
}

export const percentiles = {
  id: 'percentiles',
  title: 'Response time percentiles',
  better: 'lower',
  caption:
    'Response time from the intended start of a request to its reply, logarithmic scale. In a ' +
    'closed loop it equals the service time. A percentile with fewer than 100 samples beyond it ' +
    'is omitted. A grey bar is the floor of that percentile: the delay caused by the machine ' +
    'itself. Times below it are not a finding. A percentile is computed from the samples of all ' +
    'restarts, so it has no interval. Panels of one workload have the same axes.',
  panels: (tables) =>
    tables.charted
      .filter((workload) => workload.mode !== 'idle')
      .flatMap((workload) => panelsOf(tables, workload)),
};
