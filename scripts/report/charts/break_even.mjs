// Which model where: the map of leaders, and where along a sweep one model of a pair takes over from
// the other.

import { count, figure, ratio, shortPercent } from '../format.mjs';
import { metricOf } from '../metrics.mjs';
import { clean } from '../text.mjs';
import { INK, PANEL_WIDTH, SIZE, config, rowAxis, textRoom } from '../theme.mjs';
import { labelOf, mapPanel } from './leader_map.mjs';
import { COUNT_LABEL } from './lines.mjs';
import { noteLines } from './notes.mjs';
import { logTicks } from './ticks.mjs';

const PAIRS = { name: 15, right: 14, top: 6, bottom: 42, row: 30 };
const SHAPE = { field: 'marker', type: 'nominal', scale: null };
const HUE = { field: 'colour', type: 'nominal', scale: null };
const TIP = { field: 'tip', type: 'nominal' };

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

/// The names of a pair in one line that leaves room for the plot; no two rows have the same.
function pairName(a, b, taken) {
  const name = [a, b].map((label) => clean(label, PAIRS.name)).join(' / ');
  const same = taken.filter((other) => other === name || other.startsWith(`${name} (`)).length;
  return same === 0 ? name : `${name} (${same + 1})`;
}

function pairRows(tables, pairs, over) {
  const taken = [];
  return pairs.map((pair) => {
    const [a, b] = [pair.a, pair.b].map((label) => labelOf(tables, label));
    const name = pairName(a, b, taken);
    taken.push(name);
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
          marker: winner?.marker ?? null,
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

/// Slanted strokes across a span, evenly spread; a picture without patterns needs one mark each.
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
  const y = rowAxis(names);
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
    layer: pairLayers(tables, rows, over, x, y, domain, width),
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
    'On the map every measured point shows who of those measured there needs the least CPU per ' +
    'request, by colour, marker and name; a hatched disc is a point where run.json ranks several first and does not tell ' +
    'them apart. Pair by pair: the marker of the one that is ahead at each measured point, an open ' +
    'circle where that is undecided, hatching over an undecided stretch, and an upright tick with ' +
    'its 95 % interval where one takes over from the other.',
  panels: (tables) => [...mapPanel(tables), ...pairPanels(tables)],
};
