// The map of the best model by load, and the break-even points of pairs along a sweep.

import { count, figure, ratio, shortPercent } from '../format.mjs';
import { metricOf } from '../metrics.mjs';
import { clean } from '../text.mjs';
import { INK, PANEL_WIDTH, SIZE, config, rowAxis, maxTextWidth } from '../theme.mjs';
import { labelOf, mapPanel } from './leader_map.mjs';
import { COUNT_LABEL } from './lines.mjs';
import { COLOUR, MARKER, TIP } from './marks.mjs';
import { noteLines } from './notes.mjs';
import { logTicks } from './ticks.mjs';

const PAIRS = { name: 15, right: 14, top: 6, bottom: 42, row: 30 };

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

/// The outcome of a pair as text.
function outcomeOf(tables, pair, { shown }) {
  const label = (name) => labelOf(tables, name);
  if (pair.outcome === 'missing') return pair.reason ?? 'missing';
  if (pair.at !== null) {
    const within = pair.interval ? ` (${rangeText(pair.interval, shown)})` : '';
    return `${label(pair.below)} below ${shown(pair.at)}${within}, ${label(pair.above)} above`;
  }
  const sides = [
    pair.below && `${label(pair.below)} at the low end`,
    pair.above && `${label(pair.above)} at the high end`,
    pair.undecided && `undecided from ${rangeText(pair.undecided, shown)}`,
  ].filter(Boolean);
  if (pair.outcome === 'never') return `${label(pair.below ?? pair.above)} at all points`;
  return sides.length > 0 ? sides.join(', ') : pair.outcome;
}

/// A short and unique name for a pair.
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
        const text = `${a} costs ${ratio(point.ratio)} of ${b}${range} at ${over.shown(point.x)}`;
        return {
          label: name,
          x: over.scaled(point.x),
          isWon: winner !== null,
          colour: winner?.colour ?? INK.muted.light,
          marker: winner?.marker ?? null,
          tip: winner === null ? `undecided: ${text}` : `${winner.label}: better; ${text}`,
        };
      });
    return { pair, name, points };
  });
}

/// The undecided part of the range of every pair.
function pairSpans(tables, rows, over) {
  return rows.flatMap(({ pair, name }) => {
    if (!pair.undecided) return [];
    const { low, high } = pair.undecided;
    const [start, end] = [low, high].map(over.scaled);
    const tip = `undecided: ${name} from ${rangeText(pair.undecided, over.shown)}`;
    return [{ label: name, start, end, tip }];
  });
}

/// Slanted strokes at even distances across a span: SVG patterns are not used.
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
      encoding: { x: x('x'), y, color: COLOUR, shape: MARKER, description: TIP },
    },
    {
      name: 'open',
      data: { values: points.filter(({ isWon }) => !isWon) },
      mark: { type: 'point', aria: true, opacity: 1, size: SIZE.dot, fill: INK.paper.light },
      encoding: { x: x('x'), y, stroke: COLOUR, description: TIP },
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
  const left = maxTextWidth(names) + 12;
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
  const texts = ['A', 'B', 'outcome', 'break-even', 'low', 'high', 'description'];
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
    const decided = pairs.filter(({ outcome }) => outcome !== 'missing');
    const missing = pairs
      .filter(({ outcome }) => outcome === 'missing')
      .map((pair) => [
        `${labelOf(tables, pair.a)} / ${labelOf(tables, pair.b)}`,
        outcomeOf(tables, pair, over),
      ]);
    const panel = {
      workload: {
        title: `Pairs by ${over.text}`,
        condition: `${metricOf(metric).label} · sweep ${sweep}`,
      },
      notes: noteLines(missing),
      data: pairData(tables, pairs, over),
    };
    const rows = pairRows(tables, decided, over).filter(({ points }) => points.length > 0);
    return rows.length === 0 ? panel : { ...panel, spec: pairSpec(tables, rows, over) };
  });
}

export const breakEven = {
  id: 'break_even',
  title: 'Best model by load, and break-even points',
  better: null,
  caption:
    'The map shows, for every measured point, the contestant with the lowest CPU per request by ' +
    'colour, marker and name; a hatched disc is a point at which several are ranked first ' +
    'without a significant difference. Pairs: the marker of the better contestant at each ' +
    'measured point, an open circle if undecided, hatching over an undecided range, and a ' +
    'vertical tick with its 95 % interval at the break-even point.',
  panels: (tables) => [...mapPanel(tables), ...pairPanels(tables)],
};
