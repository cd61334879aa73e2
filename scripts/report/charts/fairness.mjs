// How evenly a server treats its connections: the distribution of replies over connections.

import { count, figure } from '../format.mjs';
import { INK, PANEL_WIDTH, SIZE, config, textRoom } from '../theme.mjs';
import { isComparable, whyAbsent, whyNot } from '../tables.mjs';
import { SAID, asItIs, inParts, literal } from './marks.mjs';
import { noteLines } from './notes.mjs';

const METRIC = 'fairness.reply_shares';
const HEIGHT = 170; // px
const PADDING = { left: 54, top: 8, bottom: 40 };
const KEY = { gap: 12, sample: 22, row: 27 }; // px: from the plot, of a line, between two rows
const TICKS = [0, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 100, 300, 1000, 3000, 10000];
const MOST_TICKS = 5;

/// Ranks of the table, and those whose interval is drawn: all of them would be a smear.
const SHOWN_RANKS = [0, 5, 10, 15, 20];

function curveOf(contestant, cell) {
  const { label, colour, marker, dash } = contestant;
  const isSound = isComparable(cell, METRIC);
  const last = cell.shares.length - 1;
  const look = { label, marker, dash, colour, width: isSound ? 1.8 : 1 };
  const starved = cell.starved > 0 ? `${count(cell.starved)} starved` : '';
  const [least, , middle, , most] = SHOWN_RANKS.map((rank) => cell.shares[rank]?.median ?? null);
  const said =
    `${label}: replies per connection from ${figure(least)} to ${figure(most)} times an equal ` +
    `share, median ${figure(middle)}${starved && `, ${starved}`}`;
  return {
    ...look,
    said,
    starved,
    raw: cell,
    notes: isSound ? [] : [[label, whyNot(cell, METRIC), 'thin']],
    points: cell.shares.map(({ median, low, high }, rank) => ({
      ...look,
      said,
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
    else if (!cell.shares) notes.push([contestant.label, whyAbsent(cell, METRIC)]);
    else curves.push(curveOf(contestant, cell));
  }
  return { curves, missing: notes };
}

/// Linear up to an equal share and logarithmic far above it, so that a connection without a reply
/// has its place at a true zero and one that has them all is still on the paper.
function axisOf(curves) {
  const points = curves.flatMap(({ points: own }) => own);
  const highest = Math.max(1.5, ...points.flatMap(({ median, high }) => [median, high ?? 0]));
  const inside = TICKS.filter((tick) => tick <= highest);
  const stride = Math.ceil(inside.length / MOST_TICKS);
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

/// Names at the right, each with a piece of its line; where all are fair the curves coincide.
function keyLayers(curves) {
  const rows = curves.map((curve, index) => ({
    ...curve,
    points: undefined,
    raw: undefined,
    notes: undefined,
    y: KEY.row * (index + 0.4),
    below: KEY.row * (index + 0.4) + 13,
  }));
  const place = (field) => ({ field, type: 'quantitative', scale: null });
  const text = { type: 'text', align: 'left', baseline: 'middle' };
  const at = (px) => ({ value: { expr: `width + ${px}` } });
  const beside = KEY.gap + KEY.sample + 7;
  return [
    {
      name: 'key',
      data: { values: rows },
      mark: { type: 'rule' },
      encoding: {
        strokeWidth: asItIs('width'),
        x: at(KEY.gap),
        x2: at(KEY.gap + KEY.sample),
        y: place('y'),
        stroke: literal('colour'),
        strokeDash: literal('dash'),
      },
    },
    {
      name: 'name',
      data: { values: rows },
      mark: text,
      encoding: { x: at(beside), y: place('y'), text: { field: 'label' } },
    },
    {
      name: 'starved',
      data: { values: rows.filter(({ starved }) => starved) },
      mark: { ...text, color: INK.muted.light },
      encoding: { x: at(beside), y: place('below'), text: { field: 'starved' } },
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
  const look = {
    stroke: literal('colour'),
    strokeDash: literal('dash'),
    strokeWidth: asItIs('width'),
    description: SAID,
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
      encoding: { x: x('low'), x2: { field: 'high' }, y, stroke: literal('colour') },
    },
    {
      name: 'curve',
      data: { values: points },
      mark: { type: 'line', interpolate: 'step-after', aria: true },
      encoding: {
        x: x('median'),
        y,
        ...look,
        detail: { field: 'label', type: 'nominal' },
        order: { field: 'rank', type: 'quantitative' },
      },
    },
    {
      name: 'least',
      data: { values: points.filter(({ rank }) => rank === 0) },
      mark: { type: 'point', filled: true, opacity: 1, size: SIZE.dot },
      encoding: { x: x('median'), y, color: literal('colour'), shape: literal('marker') },
    },
    ...keyLayers(curves),
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
  const right = KEY.gap + KEY.sample + 10 + textRoom(texts);
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
    'The share of connections (upwards) that had at most so many replies (to the right), as a ' +
    'multiple of an equal share for all. A fair server is a vertical line at 1; a connection that ' +
    'starves lies at 0. Medians over restarts, with 95 % intervals at the ends and the quartiles. ' +
    'The scale is linear near zero and logarithmic far above it; the mark is the connection with ' +
    'fewest replies.',
  // One connection is always treated like itself; an idle workload has no replies, and in an open
  // loop it is the generator that chooses a connection.
  panels: (tables) =>
    tables.charted
      .filter(({ mode, active }) => mode === 'closed_loop' && active !== 1)
      .flatMap((workload) => panelsOf(tables, workload)),
};
