// The fairness of a server: the distribution of replies over connections.

import { count, figure } from '../format.mjs';
import { INK, PANEL_WIDTH, SIZE, config, maxTextWidth } from '../theme.mjs';
import { isEligible, absentReason, ineligibleReason } from '../tables.mjs';
import { COLOUR, MARKER, TIP, inParts, literal, unscaled } from './marks.mjs';
import { noteLines } from './notes.mjs';

const METRIC = 'fairness.reply_shares';
const HEIGHT = 170; // px
const PADDING = { left: 54, top: 8, bottom: 40 };
const LEGEND = { gap: 12, sample: 22, row: 27 }; // px: from the plot, of a line, between two rows
const TICKS = [0, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 100, 300, 1000, 3000, 10000];
const MAX_TICKS = 5;

/// Ranks in the table, and those whose interval is drawn.
const SHOWN_RANKS = [0, 5, 10, 15, 20];

function curveOf(contestant, cell) {
  const { label, colour, marker, dash } = contestant;
  const eligible = isEligible(cell, METRIC);
  const last = cell.shares.length - 1;
  const style = { label, marker, dash, colour, width: eligible ? 1.8 : 1 };
  const starved = cell.starved > 0 ? `${count(cell.starved)} starved` : '';
  const [fewest, , middle, , most] = SHOWN_RANKS.map((rank) => cell.shares[rank]?.median ?? null);
  const tip =
    `${label}: replies per connection from ${figure(fewest)} to ${figure(most)} times an equal ` +
    `share, median ${figure(middle)}${starved && `, ${starved}`}`;
  return {
    ...style,
    tip,
    starved,
    raw: cell,
    notes: eligible ? [] : [[label, ineligibleReason(cell, METRIC), 'thin']],
    points: cell.shares.map(({ median, low, high }, rank) => ({
      ...style,
      tip,
      rank,
      share: (rank / last) * 100,
      median,
      low,
      high,
    })),
  };
}

function curvesOf(tables, workload) {
  const notes = [];
  const curves = [];
  for (const contestant of tables.contestants) {
    const cell = tables.cell(contestant.name, workload.name);
    if (!cell) notes.push([contestant.label, 'not run on this workload']);
    else if (!cell.shares) notes.push([contestant.label, absentReason(cell, METRIC)]);
    else curves.push(curveOf(contestant, cell));
  }
  return { curves, missing: notes };
}

/// Linear up to an equal share and logarithmic far above it: the axis has a zero, and also room for
/// a connection with all replies.
function axisOf(curves) {
  const points = curves.flatMap(({ points: own }) => own);
  const highest = Math.max(1.5, ...points.flatMap(({ median, high }) => [median, high ?? 0]));
  const inside = TICKS.filter((tick) => tick <= highest);
  const stride = Math.ceil(inside.length / MAX_TICKS);
  const one = inside.indexOf(1);
  return {
    scale: { type: 'symlog', constant: 2, domain: [0, highest * 1.05], nice: false },
    axis: {
      values: inside.filter((tick, index) => tick === 0 || (index - one) % stride === 0),
      format: '~r',
      title: 'replies ÷ equal share',
      labelFlush: false,
      grid: true,
    },
  };
}

/// The legend on the right, since the curves coincide if all servers are fair.
function legendLayers(curves) {
  const rows = curves.map((curve, index) => ({
    ...curve,
    points: undefined,
    raw: undefined,
    notes: undefined,
    y: LEGEND.row * (index + 0.4),
    below: LEGEND.row * (index + 0.4) + 13,
  }));
  const position = (field) => ({ field, type: 'quantitative', scale: null });
  const text = { type: 'text', align: 'left', baseline: 'middle' };
  const at = (px) => ({ value: { expr: `width + ${px}` } });
  const textX = LEGEND.gap + LEGEND.sample + 7;
  return [
    {
      name: 'key',
      data: { values: rows },
      mark: { type: 'rule' },
      encoding: {
        strokeWidth: unscaled('width'),
        x: at(LEGEND.gap),
        x2: at(LEGEND.gap + LEGEND.sample),
        y: position('y'),
        stroke: COLOUR,
        strokeDash: literal('dash'),
      },
    },
    {
      name: 'name',
      data: { values: rows },
      mark: text,
      encoding: { x: at(textX), y: position('y'), text: { field: 'label' } },
    },
    {
      name: 'starved',
      data: { values: rows.filter(({ starved }) => starved) },
      mark: { ...text, color: INK.muted.light },
      encoding: { x: at(textX), y: position('below'), text: { field: 'starved' } },
    },
  ];
}

function layersOf(curves, { scale, axis }) {
  const points = curves.flatMap((curve) => curve.points);
  const x = (field) => ({ field, type: 'quantitative', scale, axis });
  const y = {
    field: 'share',
    type: 'quantitative',
    scale: { domain: [0, 100], nice: false },
    axis: { values: [0, 25, 50, 75, 100], title: 'connections (%)', grid: true },
  };
  const style = {
    stroke: COLOUR,
    strokeDash: literal('dash'),
    strokeWidth: unscaled('width'),
    description: TIP,
  };
  return [
    {
      name: 'equal',
      data: { values: [{ median: 1 }] },
      mark: { type: 'rule', color: INK.axis.light, strokeDash: [3, 3] },
      encoding: { x: x('median') },
    },
    {
      name: 'interval',
      data: {
        values: points.filter(({ rank, low, high }) => SHOWN_RANKS.includes(rank) && low < high),
      },
      mark: { type: 'rule', strokeWidth: 1, opacity: 0.6 },
      encoding: { x: x('low'), x2: { field: 'high' }, y, stroke: COLOUR },
    },
    {
      name: 'curve',
      data: { values: points },
      mark: { type: 'line', interpolate: 'step-after', aria: true },
      encoding: {
        x: x('median'),
        y,
        ...style,
        detail: { field: 'label', type: 'nominal' },
        order: { field: 'rank', type: 'quantitative' },
      },
    },
    {
      name: 'fewest',
      data: { values: points.filter(({ rank }) => rank === 0) },
      mark: { type: 'point', filled: true, opacity: 1, size: SIZE.dot },
      encoding: { x: x('median'), y, color: COLOUR, shape: MARKER },
    },
    ...legendLayers(curves),
  ];
}

const dataOf = (curves) => ({
  columns: [
    { text: 'contestant', isNumber: false },
    ...['fewest', '25 %', 'median', '75 %', 'most', 'starved connections'].map((text) => ({
      text,
      isNumber: true,
    })),
  ],
  rows: curves.map(({ label, raw }) => [
    label,
    ...SHOWN_RANKS.map((rank) => raw.shares[rank]?.median ?? null),
    raw.starved,
  ]),
});

function panelsOf(tables, workload) {
  const { curves, missing } = curvesOf(tables, workload);
  if (curves.length === 0) return [{ workload, notes: noteLines(missing) }];
  const axis = axisOf(curves);
  const texts = curves.flatMap(({ label, starved }) => [label, starved]);
  const right = LEGEND.gap + LEGEND.sample + 10 + maxTextWidth(texts);
  const frame = {
    width: PANEL_WIDTH - PADDING.left - right,
    height: HEIGHT,
    padding: { ...PADDING, right },
    autosize: 'none',
    config,
  };
  return inParts(workload, curves, missing, (part) => ({
    spec: { ...frame, layer: layersOf(part, axis) },
    data: dataOf(part),
  }));
}

export const fairness = {
  id: 'fairness',
  title: 'Replies per connection',
  better: null,
  caption:
    'Cumulative distribution of replies over connections: the share of connections (y) with at ' +
    'most x replies, as a multiple of an equal share. A fair server is a vertical line at 1; a ' +
    'starved connection is at 0. Medians over restarts, with 95 % intervals at the ends and the ' +
    'quartiles. The scale is linear near zero and logarithmic far above it; the mark is the ' +
    'connection with the fewest replies.',
  // Fairness needs several connections and replies; in an open loop the generator selects them.
  panels: (tables) =>
    tables.charted
      .filter(({ mode, active }) => mode === 'closed_loop' && active !== 1)
      .flatMap((workload) => panelsOf(tables, workload)),
};
