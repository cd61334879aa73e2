// Which model where: the least CPU per request over connections and the share of them that is
// active, and where along a sweep one model of a pair takes over from the other.

import { count, figure, ratio, shortPercent } from '../format.mjs';
import { metricOf } from '../metrics.mjs';
import { clean } from '../text.mjs';
import { INK, PANEL_WIDTH, SIZE, config, rowAxis, textRoom } from '../theme.mjs';
import { HATCHED_DISC } from './hatch.mjs';
import { COUNT_LABEL } from './lines.mjs';
import { noteLines } from './notes.mjs';
import { logTicks } from './ticks.mjs';

const METRIC = 'server.cpu_ns_per_request';
const MAP = { left: 52, right: 100, top: 118, bottom: 42, height: 150 };
const PAIRS = { right: 14, top: 6, bottom: 42, row: 30 };
const CROWD = { x: 300, y: 0.5 }; // as factors along both logarithmic axes, y as its logarithm
const NEAR = 15; // px between two upright texts that do not touch
const SHAPE = { field: 'marker', type: 'nominal', scale: null };
const HUE = { field: 'colour', type: 'nominal', scale: null };
const TIP = { field: 'tip', type: 'nominal' };

const labelOf = (tables, name) => tables.contestant(name)?.label ?? clean(name, 22);

/// Who leads a workload: everyone of rank 1, the best mean first.
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
  const spot = { workload, x: workload.connections, y: shareOf(workload) * 100 };
  const where = `${count(workload.connections)} connections, ${shortPercent(shareOf(workload))} active`;
  if (first.length === 0) return { ...spot, isRanked: false, first };
  const winner = tables.contestant(first[0].contestant);
  const isWon = first.length === 1 && ranking.ranked.length > 1;
  const label = labelOf(tables, first[0].contestant);
  if (isWon) {
    const look = { colour: winner?.colour ?? INK.text.light, marker: winner?.marker };
    const tip = `${label}: least CPU per request at ${where}`;
    return { ...spot, ...look, isRanked: true, isWon, first, text: label, tip };
  }
  return {
    ...spot,
    isRanked: true,
    isWon: false,
    first,
    text: first.length === 1 ? `${label} alone` : `${first.length} undecided`,
    tip: `undecided at ${where}: ${first.map((entry) => labelOf(tables, entry.contestant)).join(', ')}`,
  };
}

/// The plain closed loops with two contestants or more, at most one per place on the map: the one
/// in which most take part.
function mapPoints(tables) {
  const candidates = tables.workloads.filter(
    ({ mode, isPlain, active, connections }) =>
      mode === 'closed_loop' && isPlain && active > 0 && connections >= active,
  );
  const size = candidates[0]?.bytes;
  const byPlace = new Map();
  for (const workload of candidates.filter(({ bytes }) => bytes === size)) {
    const point = mapPoint(tables, workload);
    const place = `${point.x} ${point.y}`;
    const taking = ({ workload: { name } }) =>
      tables.rankings.find((entry) => entry.workload === name && entry.metric === METRIC)?.ranked
        .length ?? 0;
    const other = byPlace.get(place);
    if (!other || taking(point) > taking(other)) byPlace.set(place, point);
  }
  return [...byPlace.values()].sort((a, b) => b.y - a.y || a.x - b.x);
}

/// Upright texts above the plot keep their distance along x; [low, high] is the axis.
function spreadAlong(points, [low, high], width) {
  let least = 0;
  return points.map((point) => {
    const wanted = (Math.log(point.x / low) / Math.log(high / low)) * width;
    const px = Math.max(wanted, least);
    least = px + NEAR;
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
      encoding: { ...at, color: HUE, shape: SHAPE, description: TIP },
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

/// Whether a text to the right of the point would run over another point of about the same height.
function isCrowded(point, points) {
  return points.some(
    ({ x, y }) => x > point.x && x < point.x * CROWD.x && Math.abs(Math.log(y / point.y)) < CROWD.y,
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
  const plain = ({ x, y, textX, text: words, tip }) => ({ x, y, textX, text: words, tip });
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
  const most = Math.max(...points.map(({ x }) => x));
  const least = Math.min(...points.map(({ x }) => x));
  const domain = [least / 1.5, Math.max(most, least * 10) * 1.5];
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

function mapPanel(tables) {
  const points = mapPoints(tables);
  if (points.length === 0) return [];
  const drawn = points.filter(({ isRanked }) => isRanked);
  const names = (first) => first.map(({ contestant }) => labelOf(tables, contestant));
  const undecided = drawn
    .filter(({ isWon }) => !isWon)
    .map(({ workload, first }) => [
      clean(workload.title, 44),
      `not told apart are ${names(first).join(', ')}`,
    ]);
  const unranked = points
    .filter(({ isRanked }) => !isRanked)
    .map(({ workload }) => [clean(workload.title, 44), 'nobody is ranked in CPU per request']);
  const panel = {
    workload: {
      title: 'Least CPU per request',
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

const OVER = {
  connections: { text: 'connections', scaled: (x) => x, labelExpr: COUNT_LABEL, shown: count },
  active_share: {
    text: 'active share',
    scaled: (x) => x * 100,
    labelExpr: "format(datum.value, '~r') + ' %'",
    shown: shortPercent,
  },
};

const rangeText = (range, shown) => `${shown(range.low)} to ${shown(range.high)}`;

/// What run.json found for a pair, in words.
function outcomeOf(tables, pair, { shown }) {
  const who = (name) => labelOf(tables, name);
  if (pair.outcome === 'missing') return pair.reason ?? 'missing';
  if (pair.at !== null) {
    const within = pair.interval ? ` (${rangeText(pair.interval, shown)})` : '';
    return `${who(pair.below)} below ${shown(pair.at)}${within}, ${who(pair.above)} above`;
  }
  const sides = [
    pair.below && `${who(pair.below)} at the low end`,
    pair.above && `${who(pair.above)} at the high end`,
    pair.undecided && `undecided from ${rangeText(pair.undecided, shown)}`,
  ].filter(Boolean);
  if (pair.outcome === 'never') return `${who(pair.below ?? pair.above)} all the way`;
  return sides.length > 0 ? sides.join(', ') : pair.outcome;
}

function pairRows(tables, pairs, over) {
  return pairs.map((pair) => {
    const [a, b] = [pair.a, pair.b].map((name) => labelOf(tables, name));
    const name = `${a} / ${b}`;
    const points = pair.points
      .filter(({ x, ratio: value }) => x > 0 && value !== null)
      .map((point) => {
        const winner = point.winner === null ? null : tables.contestant(point.winner);
        const range = point.interval
          ? ` (${ratio(point.interval.low)} to ${ratio(point.interval.high)})`
          : '';
        const said = `${a} costs ${ratio(point.ratio)} of ${b}${range} at ${over.shown(point.x)}`;
        return {
          label: name,
          x: over.scaled(point.x),
          isWon: winner !== null,
          colour: winner?.colour ?? INK.muted.light,
          marker: winner?.marker ?? HATCHED_DISC,
          tip: winner === null ? `undecided: ${said}` : `${winner.label}: ahead; ${said}`,
        };
      });
    return { pair, name, points };
  });
}

/// Pieces of the range of every pair: who leads it, or that it is undecided.
function pairSpans(tables, rows, over) {
  return rows.flatMap(({ pair, name }) => {
    if (!pair.undecided) return [];
    const { low, high } = pair.undecided;
    const [start, end] = [low, high].map(over.scaled);
    const tip = `undecided: ${name} from ${rangeText(pair.undecided, over.shown)}`;
    return [{ label: name, start, end, tip }];
  });
}

/// Slanted lines across a span, as one path of a rule layer would need many marks.
function hatchRows(spans, [low, high], width) {
  const STEP = 5; // px
  return spans.flatMap(({ label, start, end, tip }) => {
    const px = (value) => (Math.log(value / low) / Math.log(high / low)) * width;
    const lines = Math.max(1, Math.floor((px(end) - px(start)) / STEP));
    return Array.from({ length: lines + 1 }, (_, k) => ({
      label,
      tip,
      x: low * (high / low) ** ((px(start) + ((px(end) - px(start)) * k) / lines) / width),
    }));
  });
}

function pairLayers(tables, rows, over, x, y, domain, width) {
  const spans = pairSpans(tables, rows, over);
  const points = rows.flatMap((row) => row.points);
  const found = rows
    .filter(({ pair }) => pair.at !== null)
    .map(({ pair, name }) => ({
      label: name,
      at: over.scaled(pair.at),
      low: over.scaled(pair.interval?.low ?? pair.at),
      high: over.scaled(pair.interval?.high ?? pair.at),
      tip: `break-even of ${name}: ${outcomeOf(tables, pair, over)}`,
    }));
  const rule = { type: 'rule', aria: true };
  return [
    {
      name: 'range',
      data: {
        values: rows
          .filter(({ pair }) => pair.range !== null)
          .map(({ pair, name }) => ({
            label: name,
            start: over.scaled(pair.range.low),
            end: over.scaled(pair.range.high),
          })),
      },
      mark: { ...rule, aria: false, strokeWidth: 1, color: INK.axis.light },
      encoding: { x: x('start'), x2: { field: 'end' }, y },
    },
    {
      name: 'hatch',
      data: { values: hatchRows(spans, domain, width) },
      mark: {
        type: 'point',
        aria: false,
        opacity: 1,
        shape: 'M-1,1L1,-1',
        size: 60,
        stroke: INK.axis.light,
        strokeWidth: 1,
      },
      encoding: { x: x('x'), y },
    },
    {
      name: 'point',
      data: { values: points.filter(({ isWon }) => isWon) },
      mark: { type: 'point', aria: true, filled: true, opacity: 1, size: SIZE.dot },
      encoding: { x: x('x'), y, color: HUE, shape: SHAPE, description: TIP },
    },
    {
      name: 'open',
      data: { values: points.filter(({ isWon }) => !isWon) },
      mark: { type: 'point', aria: true, opacity: 1, size: SIZE.dot, fill: INK.paper.light },
      encoding: { x: x('x'), y, stroke: HUE, description: TIP },
    },
    {
      name: 'interval',
      data: { values: found },
      mark: { ...rule, strokeWidth: 2, color: INK.text.light },
      encoding: { x: x('low'), x2: { field: 'high' }, y, description: TIP },
    },
    {
      name: 'break_even',
      data: { values: found },
      mark: { type: 'tick', aria: true, orient: 'vertical', size: 18, thickness: 2.4, opacity: 1 },
      encoding: { x: x('at'), y, color: { value: INK.text.light }, description: TIP },
    },
  ].filter(({ data }) => data.values.length > 0);
}

function pairSpec(tables, rows, over) {
  const names = rows.map(({ name }) => name);
  const left = textRoom(names) + 12;
  const width = PANEL_WIDTH - left - PAIRS.right;
  const ends = rows.flatMap(({ points, pair }) => [
    ...points.map(({ x }) => x),
    ...(pair.range ? [over.scaled(pair.range.low), over.scaled(pair.range.high)] : []),
  ]);
  const domain = [Math.min(...ends) / 1.25, Math.max(...ends) * 1.25];
  const x = (field) => ({
    field,
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    axis: {
      values: logTicks(...domain, 5),
      labelExpr: over.labelExpr,
      labelFlush: false,
      labelOverlap: true,
      title: `${over.text} (log scale)`,
    },
  });
  return {
    width,
    height: PAIRS.row * rows.length,
    padding: { left, right: PAIRS.right, top: PAIRS.top, bottom: PAIRS.bottom },
    autosize: 'none',
    config,
    layer: pairLayers(tables, rows, over, x, rowAxis(names), domain, width),
  };
}

function pairData(tables, pairs, over) {
  const texts = ['one', 'other', 'outcome', 'break-even', 'low', 'high', 'in words'];
  return {
    columns: texts.map((text) => ({ text, isNumber: /break-even|low|high/.test(text) })),
    rows: pairs.map((pair) => [
      labelOf(tables, pair.a),
      labelOf(tables, pair.b),
      pair.outcome,
      pair.at,
      pair.interval?.low ?? null,
      pair.interval?.high ?? null,
      outcomeOf(tables, pair, over),
    ]),
  };
}

function pairPanels(tables) {
  const kinds = tables.breakEven.map(({ sweep, over, metric }) => ({ sweep, over, metric }));
  const unique = [...new Map(kinds.map((kind) => [JSON.stringify(kind), kind])).values()];
  return unique.map(({ sweep, over: name, metric }) => {
    const over = OVER[name] ?? { text: clean(name, 30), scaled: (x) => x, shown: figure };
    const pairs = tables.breakEven.filter(
      (pair) => pair.sweep === sweep && pair.over === name && pair.metric === metric,
    );
    const told = pairs.filter(({ outcome }) => outcome !== 'missing');
    const missing = pairs
      .filter(({ outcome }) => outcome === 'missing')
      .map((pair) => [
        `${labelOf(tables, pair.a)} / ${labelOf(tables, pair.b)}`,
        outcomeOf(tables, pair, over),
      ]);
    const panel = {
      workload: {
        title: `Pair by pair over the ${over.text}`,
        condition: `${metricOf(metric).label} · sweep ${sweep}`,
      },
      notes: noteLines(missing),
      data: pairData(tables, pairs, over),
    };
    const rows = pairRows(tables, told, over).filter(({ points }) => points.length > 0);
    return rows.length === 0 ? panel : { ...panel, spec: pairSpec(tables, rows, over) };
  });
}

export const breakEven = {
  id: 'break_even',
  title: 'Who is ahead where',
  better: null,
  caption:
    'On the map every measured point shows who needs the least CPU per request, by colour, marker ' +
    'and name; a hatched disc is a point where run.json ranks several first and does not tell ' +
    'them apart. Pair by pair: the marker of the one that is ahead at each measured point, an open ' +
    'circle where that is undecided, hatching over an undecided stretch, and an upright tick with ' +
    'its 95 % interval where one takes over from the other.',
  panels: (tables) => [...mapPanel(tables), ...pairPanels(tables)],
};
