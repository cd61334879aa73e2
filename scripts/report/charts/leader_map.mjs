// The map of the lowest CPU per request, by number of connections and share of active ones.

import { count, shortPercent } from '../format.mjs';
import { MARKERS } from '../palette.mjs';
import { clean } from '../text.mjs';
import { INK, PANEL_WIDTH, SIZE, config } from '../theme.mjs';
import { COUNT_LABEL } from './lines.mjs';
import { COLOUR, MARKER, TIP } from './marks.mjs';
import { noteLines } from './notes.mjs';
import { logTicks } from './ticks.mjs';

const METRIC = 'server.cpu_ns_per_request';
const MAP = { text: 16, left: 78, right: 100, top: 118, bottom: 42, height: 150 };
const CROWDED = { x: 300, y: 0.5 }; // a factor along x, the logarithm of a factor along y
const MIN_DISTANCE = 15; // px between two vertical texts

// A disc with slanted lines, in the square from -1 to 1 like the markers: SVG patterns are not
// used.
const HATCHED_DISC = [-0.7, 0, 0.7].reduce((path, offset) => {
  // The chord of the unit circle along y = offset - x.
  const half = Math.sqrt(2 - offset * offset) / 2;
  const at = (x) => `${x.toFixed(2)},${(offset - x).toFixed(2)}`;
  return `${path}M${at(offset / 2 - half)}L${at(offset / 2 + half)}`;
}, MARKERS[0]);

/// A contestant's label; the truncated name if run.json does not list the contestant.
export const labelOf = (tables, name) => tables.contestant(name)?.label ?? clean(name, 22);

/// The contestants of rank 1 on a workload, the best mean first.
function leadersOf(tables, workload) {
  const ranking = tables.rankings.find(
    (entry) => entry.workload === workload.name && entry.metric === METRIC,
  );
  const first = (ranking?.ranked ?? []).filter(({ rank }) => rank === 1);
  return { ranking, first: [...first].sort((a, b) => (a.ratio ?? 1) - (b.ratio ?? 1)) };
}

const shareOf = ({ connections, active }) => active / connections;

function mapPoint(tables, workload) {
  const { ranking, first } = leadersOf(tables, workload);
  const point = { workload, x: workload.connections, y: shareOf(workload) * 100 };
  const where = `${count(workload.connections)} connections, ${shortPercent(shareOf(workload))} active`;
  if (first.length === 0) return { ...point, isRanked: false, first };
  const winner = tables.contestant(first[0].contestant);
  const isWon = first.length === 1 && ranking.ranked.length > 1;
  const label = labelOf(tables, first[0].contestant);
  if (isWon) {
    const style = { colour: winner?.colour ?? INK.text.light, marker: winner?.marker };
    const tip = `${label}: lowest CPU per request at ${where}`;
    return { ...point, ...style, isRanked: true, isWon, first, text: clean(label, MAP.text), tip };
  }
  return {
    ...point,
    isRanked: true,
    isWon: false,
    first,
    text: first.length === 1 ? `${clean(label, MAP.text)} alone` : `${first.length} undecided`,
    tip: `undecided at ${where}: ${first.map((entry) => labelOf(tables, entry.contestant)).join(', ')}`,
  };
}

/// The plain closed loops, at most one per position on the map: the one with most ranked
/// contestants.
function mapPoints(tables) {
  const candidates = tables.workloads.filter(
    ({ mode, isPlain, active, connections }) =>
      mode === 'closed_loop' && isPlain && active > 0 && connections >= active,
  );
  const size = candidates[0]?.bytes;
  const byPosition = new Map();
  for (const workload of candidates.filter(({ bytes }) => bytes === size)) {
    const point = mapPoint(tables, workload);
    const position = `${point.x} ${point.y}`;
    const rankedOn = ({ workload: { name } }) =>
      tables.rankings.find((entry) => entry.workload === name && entry.metric === METRIC)?.ranked
        .length ?? 0;
    const other = byPosition.get(position);
    if (!other || rankedOn(point) > rankedOn(other)) byPosition.set(position, point);
  }
  return [...byPosition.values()].sort((a, b) => b.y - a.y || a.x - b.x);
}

/// Spreads vertical texts above the plot along x; [low, high] is the axis.
function spreadAlong(points, [low, high], width) {
  let min = 0;
  return points.map((point) => {
    const wanted = (Math.log(point.x / low) / Math.log(high / low)) * width;
    const px = Math.max(wanted, min);
    min = px + MIN_DISTANCE;
    return { ...point, textX: low * (high / low) ** (px / width) };
  });
}

function markLayers(points, at) {
  const won = points.filter(({ isWon }) => isWon);
  return [
    {
      name: 'winner',
      data: { values: won.map(({ x, y, colour, marker, tip }) => ({ x, y, colour, marker, tip })) },
      mark: { type: 'point', aria: true, filled: true, opacity: 1, size: SIZE.dot * 2.2 },
      encoding: { ...at, color: COLOUR, shape: MARKER, description: TIP },
    },
    {
      name: 'undecided',
      data: {
        values: points.filter(({ isWon }) => !isWon).map(({ x, y, tip }) => ({ x, y, tip })),
      },
      mark: {
        type: 'point',
        aria: true,
        opacity: 1,
        size: SIZE.dot * 2.2,
        shape: HATCHED_DISC,
        stroke: INK.muted.light,
        strokeWidth: 1.1,
        fill: INK.paper.light,
      },
      encoding: { ...at, description: TIP },
    },
  ];
}

/// Whether text to the right of the point would cover another point.
function isCrowded(point, points) {
  return points.some(
    ({ x, y }) =>
      x > point.x && x < point.x * CROWDED.x && Math.abs(Math.log(y / point.y)) < CROWDED.y,
  );
}

function textLayers(points, at, domain, width) {
  const top = spreadAlong(
    points.filter(({ y }) => y === 100),
    domain,
    width,
  );
  const lower = points.filter(({ y }) => y !== 100);
  const text = { type: 'text', aria: true, align: 'left', baseline: 'middle' };
  const encoded = { text: { field: 'text' }, description: TIP };
  const plain = ({ x, y, textX, text: label, tip }) => ({ x, y, textX, text: label, tip });
  return [
    {
      name: 'upright',
      data: { values: top.map(plain) },
      mark: { ...text, angle: 270, dx: 12 },
      encoding: { x: { ...at.x, field: 'textX' }, y: at.y, ...encoded },
    },
    {
      name: 'beside',
      data: { values: lower.filter((point) => !isCrowded(point, lower)).map(plain) },
      mark: { ...text, dx: 10 },
      encoding: { ...at, ...encoded },
    },
    {
      name: 'before',
      data: { values: lower.filter((point) => isCrowded(point, lower)).map(plain) },
      mark: { ...text, align: 'right', dx: -10 },
      encoding: { ...at, ...encoded },
    },
  ];
}

function mapSpec(points) {
  const max = Math.max(...points.map(({ x }) => x));
  const min = Math.min(...points.map(({ x }) => x));
  const domain = [min / 1.5, Math.max(max, min * 10) * 1.5];
  const lowest = Math.min(10, ...points.map(({ y }) => y));
  const width = PANEL_WIDTH - MAP.left - MAP.right;
  const axis = { labelFlush: false, grid: true, labelOverlap: true };
  const at = {
    x: {
      field: 'x',
      type: 'quantitative',
      scale: { type: 'log', domain, nice: false },
      axis: {
        ...axis,
        values: logTicks(...domain, 5),
        labelExpr: COUNT_LABEL,
        title: 'connections (log scale)',
      },
    },
    y: {
      field: 'y',
      type: 'quantitative',
      scale: { type: 'log', domain: [lowest / 1.5, 140], nice: false },
      axis: {
        ...axis,
        values: [0.1, 1, 10, 100].filter((tick) => tick >= lowest / 1.5),
        labelExpr: "format(datum.value, '~r') + ' %'",
        title: 'active (log scale)',
      },
    },
  };
  const { left, right, top, bottom, height } = MAP;
  const layer = [...markLayers(points, at), ...textLayers(points, at, domain, width)];
  return {
    width,
    height,
    padding: { left, right, top, bottom },
    autosize: 'none',
    config,
    layer: layer.filter(({ data }) => data.values.length > 0),
  };
}

/// The panel in a list, which is empty if the run has no such workload.
export function mapPanel(tables) {
  const points = mapPoints(tables);
  if (points.length === 0) return [];
  const drawn = points.filter(({ isRanked }) => isRanked);
  const names = (first) => first.map(({ contestant }) => labelOf(tables, contestant));
  const undecided = drawn
    .filter(({ isWon }) => !isWon)
    .map(({ workload, first }) => [
      clean(workload.title, 44),
      `no significant differences between ${names(first).join(', ')}`,
    ]);
  const unranked = points
    .filter(({ isRanked }) => !isRanked)
    .map(({ workload }) => [
      clean(workload.title, 44),
      'no contestant is ranked in CPU per request',
    ]);
  const panel = {
    workload: {
      title: 'Lowest CPU per request',
      condition: `closed loop · ${points[0].workload.bytes} B · measured points`,
    },
    notes: noteLines([...undecided, ...unranked]),
    data: {
      columns: [
        { text: 'workload', isNumber: false },
        { text: 'connections', isNumber: true },
        { text: 'active', isNumber: true },
        { text: 'first', isNumber: false },
      ],
      rows: points.map(({ workload, first }) => [
        workload.title,
        workload.connections,
        workload.active,
        names(first).join(', '),
      ]),
    },
  };
  return [drawn.length === 0 ? panel : { ...panel, spec: mapSpec(drawn) }];
}
