// Response times from the median to the tail, one line per contestant, named at its right end.

import { time } from '../format.mjs';
import { INK, PANEL_WIDTH, SIZE, config, textRoom } from '../theme.mjs';
import { PERCENTILES, isComparable, whyAbsent, whyNot } from '../tables.mjs';
import { SAID, inParts, literal } from './marks.mjs';
import { noteLines } from './notes.mjs';
import { logTicks, MICROS_LABEL } from './ticks.mjs';

const METRIC = 'response_time_ns';
const HEIGHT = 190; // px
const LABEL_GAP = 13; // px between two names
const PADDING = { left: 54, top: 10, bottom: 40 };
const LEADER = 14; // px from the plot to the end of a name's leader line
const LAST = PERCENTILES.length - 1;

/// The points of one contestant's line; percentiles that are null are noted, never drawn.
function lineOf(contestant, cell) {
  const notes = [];
  const { label, colour, marker, dash } = contestant;
  if (!cell.response) {
    return { notes: [[label, whyAbsent(cell, METRIC)]], points: [] };
  }
  const isSound = isComparable(cell, METRIC);
  const points = [];
  PERCENTILES.forEach(({ key, label: percentile }, place) => {
    const ns = cell.response[key];
    const said = `${label}: ${percentile} of the response time ${time(ns)}`;
    if (ns > 0) points.push({ place, micros: ns / 1e3, said });
    else notes.push([label, `no ${percentile} — ${whyAbsent(cell, `${METRIC}.${key}`)}`]);
  });
  if (!isSound) notes.push([label, whyNot(cell, METRIC), 'hollow, thin']);
  const look = { label, marker, dash, isSound, colour: isSound ? colour : INK.faded.light };
  return {
    ...look,
    raw: cell.response,
    notes,
    end: points[points.length - 1],
    points: points.map((p) => ({ ...p, ...look })),
  };
}

/// The lines that can be drawn, and the notes of the contestants that have none.
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

/// Pixel heights for the names: as near as possible to the wanted ones, LABEL_GAP apart, inside.
export function spread(wanted, height) {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y);
  let least = LABEL_GAP / 2;
  for (const label of order) {
    label.y = Math.max(label.y, least);
    least = label.y + LABEL_GAP;
  }
  let most = height - LABEL_GAP / 2;
  for (const label of order.reverse()) {
    label.y = Math.min(label.y, most);
    most = label.y - LABEL_GAP;
  }
  const placed = new Array(wanted.length);
  for (const { y, index } of order) placed[index] = y;
  return placed;
}

/// Name labels in units of the time axis, so that they share it with the lines.
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
    place: end.place,
    micros: end.micros,
    labelMicros: toMicros(placed[index]),
  }));
}

/// How long the machine alone delays one moment in a hundred, in a thousand: the worst CPU decides.
export function floorsOf(tables) {
  return PERCENTILES.map(({ key }, place) => {
    const floors = tables.cpus.map((cpu) => cpu.floor[key]).filter((ns) => ns > 0);
    return { place, micros: floors.length > 0 ? Math.max(...floors) / 1e3 : 0 };
  }).filter(({ micros }) => micros > 0);
}

function layersOf(lines, floors, domain, height) {
  const points = lines.flatMap((line) => line.points);
  const x = {
    field: 'place',
    type: 'quantitative',
    scale: { domain: [-0.15, LAST], nice: false, zero: false },
    axis: {
      values: PERCENTILES.map((_, place) => place),
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
  const hue = literal('colour');
  const shape = literal('marker');
  const line = { type: 'line', strokeWidth: 1.8 };
  const ofLine = {
    x,
    y: y('micros'),
    stroke: hue,
    strokeDash: literal('dash'),
    detail: { field: 'label', type: 'nominal' },
  };
  const isSound = (row) => row.isSound;
  const isHollow = (row) => !row.isSound;
  return [
    {
      name: 'floor',
      data: { values: floors.filter(({ micros }) => micros >= domain[0]) },
      mark: { type: 'tick', orient: 'horizontal', size: 26, thickness: 3, opacity: 1 },
      encoding: { x, y: y('micros'), color: { value: INK.faded.light } },
    },
    { name: 'line', data: { values: points.filter(isSound) }, mark: line, encoding: ofLine },
    {
      name: 'doubtful',
      data: { values: points.filter(isHollow) },
      mark: { ...line, strokeWidth: 1, opacity: 0.8 },
      encoding: ofLine,
    },
    {
      name: 'point',
      data: { values: points.filter(isSound) },
      mark: { type: 'point', filled: true, opacity: 1, size: SIZE.dot, aria: true },
      encoding: { x, y: y('micros'), color: hue, shape, description: SAID },
    },
    {
      name: 'hollow',
      data: { values: points.filter(isHollow) },
      mark: { type: 'point', opacity: 1, size: SIZE.dot, fill: INK.paper.light, aria: true },
      encoding: { x, y: y('micros'), stroke: hue, shape, description: SAID },
    },
    ...nameLayers(labelsOf(lines, domain, height), x, y, hue),
  ];
}

function nameLayers(labels, x, y, hue) {
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
        stroke: hue,
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

/// The axis of time that all panels of a workload share.
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
  const right = LEADER + 6 + textRoom(lines.map(({ label }) => label));
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
    'Response time from the intended start of a request to its reply, logarithmic scale. ' +
    'In a closed loop it equals the service time. A percentile with fewer than 100 samples ' +
    'beyond it is left out. A grey bar is the floor that the machine alone puts under that ' +
    'percentile: what lies below it is no finding. A percentile is of the samples of all restarts ' +
    'together, so it has no interval. Panels of one workload share their axes.',
  panels: (tables) =>
    tables.charted
      .filter((workload) => workload.mode !== 'idle')
      .flatMap((workload) => panelsOf(tables, workload)),
};
