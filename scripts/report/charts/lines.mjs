// A panel of lines, one per contestant, for charts over a sweep. A line is {label, colour, marker,
// dash, points}; a point is {x, y, text, eligible} in the units of the axes, optionally with
// `interval` and `restarts` along y, and `across`, an interval along x.

import { INK, PANEL_WIDTH, SIZE, config, maxTextWidth } from '../theme.mjs';
import { COLOUR, MARKER, TIP, literal } from './marks.mjs';
import { spread } from './percentiles.mjs';
import { logTicks } from './ticks.mjs';

const PADDING = { left: 76, top: 10, bottom: 42 };
const LEADER = 16; // px from the plot to the end of a name's leader line
const HEIGHT = 200;

const extentOf = (points, ends) => {
  const figures = points.flatMap(ends);
  return [Math.min(...figures), Math.max(...figures)];
};

const yEnds = ({ y, interval, restarts = [] }) => [
  y,
  ...(interval ? [interval.low, interval.high] : []),
  ...restarts,
];

/// The axis for all points with their intervals and restarts; a linear one starts at zero.
export function yAxisOf(points, scale, title, labelExpr, also = []) {
  const [low, high] = extentOf(points, (point) => [...yEnds(point), ...also]);
  const isLog = scale === 'log' && low > 0;
  const domain = isLog ? [low / 1.15, high * 1.15] : [0, high * 1.06];
  const values = isLog ? logTicks(...domain) : undefined;
  const unit = `${title}${isLog ? ', log scale' : ''}`;
  return { domain, values, labelExpr, title: unit, type: isLog ? 'log' : 'linear' };
}

/// The position of a figure on an axis, from 0 to 1, and the inverse.
const shareOf = ({ type, domain: [low, high] }, value) =>
  type === 'log' ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
const figureAt = ({ type, domain: [low, high] }, share) =>
  type === 'log' ? low * (high / low) ** share : low + (high - low) * share;

const OF_LINE = {
  stroke: COLOUR,
  detail: { field: 'label', type: 'nominal' },
  order: { field: 'step', type: 'quantitative' },
  description: TIP,
};

/// The pieces of each line (lists of points) as one path, with a break after each piece.
function pathRows(lines, piecesOf, tipOf) {
  return lines.flatMap((line) => {
    const { label, colour, dash, points } = line;
    const tip = `${label}: ${tipOf(line)}`;
    const rows = points.flatMap((point) =>
      piecesOf(point).flatMap((piece) => [...piece, { ...piece[piece.length - 1], y: null }]),
    );
    return rows.map((row, step) => ({ ...row, label, colour, dash, step, tip }));
  });
}

const restartPieces = ({ x, restarts = [] }) => restarts.map((y) => [{ x, y }]);
const intervalPieces = ({ x, y, interval, across }) => [
  ...(interval
    ? [
        [
          { x, y: interval.low },
          { x, y: interval.high },
        ],
      ]
    : []),
  ...(across
    ? [
        [
          { x: across.low, y },
          { x: across.high, y },
        ],
      ]
    : []),
];

const pointRows = (lines) =>
  lines.flatMap(({ label, colour, marker, dash, points }) =>
    points.map(({ x, y, text, eligible }, step) => {
      const tip = `${label}: ${text}`;
      return { x, y, eligible, label, colour, marker, dash, step, tip };
    }),
  );

function pathLayers(lines, at) {
  const thin = { type: 'line', aria: true };
  return [
    {
      name: 'restarts',
      data: { values: pathRows(lines, restartPieces, () => 'every restart, as a dot') },
      mark: { ...thin, strokeWidth: 2.4, strokeCap: 'round', opacity: 0.45 },
      encoding: { ...at, ...OF_LINE },
    },
    {
      name: 'interval',
      data: { values: pathRows(lines, intervalPieces, () => '95 % intervals over restarts') },
      mark: { ...thin, strokeWidth: 1.4 },
      encoding: { ...at, ...OF_LINE },
    },
    {
      name: 'line',
      data: {
        values: pointRows(lines).map((row) => ({
          ...row,
          tip: `${row.label}: line through its points`,
        })),
      },
      mark: { ...thin, strokeWidth: 1.6 },
      encoding: {
        ...at,
        ...OF_LINE,
        strokeDash: literal('dash'),
      },
    },
  ].filter((layer) => layer.data.values.length > 0);
}

function pointLayers(lines, at) {
  const dot = { type: 'point', aria: true, opacity: 1, size: SIZE.dot };
  const rows = pointRows(lines);
  return [
    {
      name: 'point',
      data: { values: rows.filter((row) => row.eligible) },
      mark: { ...dot, filled: true },
      encoding: { ...at, color: COLOUR, shape: MARKER, description: TIP },
    },
    {
      name: 'hollow',
      data: { values: rows.filter((row) => !row.eligible) },
      mark: { ...dot, fill: INK.paper.light, strokeWidth: 1.4 },
      encoding: { ...at, stroke: COLOUR, shape: MARKER, description: TIP },
    },
  ].filter((layer) => layer.data.values.length > 0);
}

/// Names to the right of the plot, each connected to the end of its line.
function nameLayers(lines, at, yAxis) {
  const ends = lines.map(({ points }) => points[points.length - 1]);
  const placed = spread(
    ends.map(({ y }) => HEIGHT * (1 - shareOf(yAxis, y))),
    HEIGHT,
  );
  const rows = lines.map(({ label, colour }, index) => ({
    label,
    colour,
    tip: `${label}: ${ends[index].text}`,
    x: ends[index].x,
    y: ends[index].y,
    nameY: figureAt(yAxis, 1 - placed[index] / HEIGHT),
  }));
  const byName = { ...at.y, field: 'nameY' };
  return [
    {
      name: 'leader',
      data: { values: rows },
      mark: { type: 'rule', aria: true, strokeWidth: 0.7, opacity: 0.6 },
      encoding: {
        ...at,
        x2: { value: { expr: `width + ${LEADER}` } },
        y2: { field: 'nameY' },
        stroke: COLOUR,
        description: TIP,
      },
    },
    {
      name: 'name',
      data: { values: rows },
      mark: { type: 'text', aria: true, align: 'left', baseline: 'middle', dx: LEADER + 3 },
      encoding: {
        x: { value: { expr: 'width' } },
        y: byName,
        text: { field: 'label' },
        description: TIP,
      },
    },
  ];
}

const axisOf = ({ values, labelExpr, title }, more) => ({
  title,
  labelFlush: false,
  ...(values && { values }),
  ...(labelExpr && { labelExpr }),
  ...more,
});

/// The specification of a panel. `under` returns the layers below the lines, given the axes.
export function linePanel(lines, xAxis, yAxis, under = () => []) {
  const { constant } = xAxis;
  const at = {
    x: {
      field: 'x',
      type: 'quantitative',
      scale: { type: xAxis.type, domain: xAxis.domain, nice: false, ...(constant && { constant }) },
      axis: axisOf(xAxis, { grid: false, labelOverlap: true }),
    },
    y: {
      field: 'y',
      type: 'quantitative',
      scale: { type: yAxis.type, domain: yAxis.domain, nice: false },
      axis: axisOf(yAxis, { domain: false, ticks: false, tickCount: 5 }),
    },
  };
  const right = LEADER + 8 + maxTextWidth(lines.map(({ label }) => label));
  return {
    width: PANEL_WIDTH - PADDING.left - right,
    height: HEIGHT,
    padding: { ...PADDING, right },
    autosize: 'none',
    config,
    layer: [
      ...under(at),
      ...pathLayers(lines, at),
      ...pointLayers(lines, at),
      ...nameLayers(lines, at, yAxis),
    ],
  };
}

/// The ends of a logarithmic x axis with room for the markers.
function xDomainOf(points) {
  const [low, high] = extentOf(points, ({ x, across }) =>
    across ? [x, across.low, across.high] : [x],
  );
  const padding = Math.max((high / low) ** 0.05 || 1, 1.05);
  return [low / padding, high * padding];
}

/// The logarithmic axis of counts or rates for these points.
export function countAxisOf(points, title) {
  const domain = xDomainOf(points);
  const values = logTicks(...domain, 5);
  return { type: 'log', domain, values, labelExpr: COUNT_LABEL, title };
}

/// A Vega expression that labels ticks of counts and rates: 500, 20k, 1M.
export const COUNT_LABEL =
  "datum.value >= 1e4 ? format(datum.value, '~s') : format(datum.value, ',~r')";
