// Checks whether the figure of a slice depends on its position in the order.

import { ratio as ratioText } from '../format.mjs';
import { INK, PANEL_WIDTH, SIZE, config } from '../theme.mjs';
import { broken, dots } from './marks.mjs';
import { ratioTicks } from './ticks.mjs';

const HEIGHT = 130; // px
const PADDING = { left: 68, right: 12, top: 8, bottom: 40 };
const ORDERS = [
  {
    field: 'byPosition',
    title: 'position in the round',
    text: 'by position in the round',
  },
  { field: 'byRound', title: 'round of a restart', text: 'by round' },
];

/// One row per position that has a ratio; positions are shown from 1.
const rowsOf = (statistics) =>
  statistics
    .map((statistic, index) => statistic && { position: index + 1, ...statistic })
    .filter((row) => row !== null && row.median > 0)
    .map(({ position, median, interval, restarts }) => ({
      position,
      median,
      low: interval?.low ?? median,
      high: interval?.high ?? median,
      hasInterval: interval !== null,
      restarts: restarts.filter((restart) => restart > 0),
    }));

function layersOf(rows, title, margin) {
  const ratios = rows.flatMap(({ low, high, restarts }) => [low, high, ...restarts]);
  const [low, high] = [Math.min(1 - margin, ...ratios), Math.max(1 + margin, ...ratios)];
  const domain = [low * 0.99, high * 1.01];
  const last = rows[rows.length - 1].position;
  const x = {
    field: 'position',
    type: 'quantitative',
    scale: { domain: [0.5, last + 0.5], nice: false, zero: false },
    axis: { title, grid: false, tickMinStep: 1, tickCount: Math.min(9, last), format: 'd' },
  };
  const y = (field) => ({
    field,
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    axis: { values: ratioTicks(...domain), format: '~r', title: 'ratio (log)' },
  });
  const restarts = rows.flatMap(({ position, restarts: own }) =>
    own.map((ratio) => ({ position, ratio })),
  );
  const fullWidth = { x: { value: 0 }, x2: { value: { expr: 'width' } } };
  return [
    ...(margin > 0
      ? [
          {
            name: 'band',
            data: { values: [{ low: 1 - margin, high: 1 + margin }] },
            mark: { type: 'rect', color: INK.band.light },
            encoding: { ...fullWidth, y: y('low'), y2: { field: 'high' } },
          },
        ]
      : []),
    {
      name: 'one',
      data: { values: [{ ratio: 1 }] },
      mark: { type: 'rule', color: INK.axis.light, strokeDash: [3, 3] },
      encoding: { ...fullWidth, y: y('ratio') },
    },
    {
      name: 'restarts',
      data: { values: broken(restarts, 'ratio').map((row, index) => ({ ...row, index })) },
      mark: { ...dots(SIZE.restartDot), opacity: 0.6, stroke: INK.muted.light },
      encoding: { x, y: y('ratio'), order: { field: 'index', type: 'quantitative' } },
    },
    {
      name: 'interval',
      data: { values: rows.filter(({ hasInterval }) => hasInterval) },
      mark: { type: 'rule', strokeWidth: 2, color: INK.text.light },
      encoding: { x, y: y('low'), y2: { field: 'high' } },
    },
    {
      name: 'median',
      data: { values: rows },
      mark: { type: 'point', filled: true, opacity: 1, size: 24, color: INK.text.light },
      encoding: { x, y: y('median') },
    },
  ];
}

const dataOf = (rows, title) => ({
  columns: [title, 'ratio', '95 % from', '95 % to', 'restarts'].map((text) => ({
    text,
    isNumber: true,
  })),
  rows: rows.map(({ position, median, low, high, hasInterval, restarts }) =>
    [position, median].concat(hasInterval ? [low, high] : [null, null], [restarts.length]),
  ),
});

/// The number of intervals that exclude 1, and the position farthest from 1.
function noteOf(rows) {
  const off = rows.filter(({ low, high, hasInterval }) => hasInterval && (low > 1 || high < 1));
  const farthest = off.sort((a, b) => Math.abs(Math.log(b.median)) - Math.abs(Math.log(a.median)));
  if (off.length === 0) return 'no interval excludes 1';
  const [{ position, median }] = farthest;
  return (
    `${off.length} of ${rows.length} intervals exclude 1 (one in twenty is expected by chance); ` +
    `the farthest is ${ratioText(median)} at ${position}`
  );
}

function panelOf(tables, workload, table, { field, title, text }) {
  const rows = rowsOf(table[field]);
  const heading = { ...workload, condition: text };
  if (rows.length < 2) {
    return { workload: heading, notes: [`fewer than two positions to compare ${text}`] };
  }
  return {
    workload: heading,
    notes: [noteOf(rows)],
    data: dataOf(rows, title),
    spec: {
      width: PANEL_WIDTH - PADDING.left - PADDING.right,
      height: HEIGHT,
      padding: PADDING,
      autosize: 'none',
      config,
      layer: layersOf(rows, title, tables.margin ?? 0),
    },
  };
}

export const driftAudit = {
  id: 'drift_audit',
  title: 'Drift audit',
  better: null,
  caption:
    'Server CPU per request of a slice as a ratio to the median of its contestant, by the ' +
    'position of the slice: the median over all contestants, its 95 % interval over restarts, ' +
    'and each restart as a dot. Every round has a new random order, so without drift every ' +
    'median is 1; the shaded band is the margin within which a difference counts as a tie. Drift ' +
    'within a round affects all contestants equally; drift over rounds affects pairs equally, ' +
    'since they are measured together.',
  panels: (tables) =>
    tables.charted
      .filter(({ mode }) => mode !== 'idle')
      .flatMap((workload) => {
        const table = tables.slices.get(workload.name);
        if (!table) {
          return [{ workload, notes: ['this run.json has no slices of this workload'] }];
        }
        return ORDERS.map((order) => panelOf(tables, workload, table, order));
      }),
};
