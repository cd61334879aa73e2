// The cost of a server without requests: CPU time and wake-ups.

import { figure, shortPercent } from '../format.mjs';
import { INK, config, rowAxis, rowFrame } from '../theme.mjs';
import { COLOUR, TIP, literal } from './marks.mjs';
import { figureLayer, restartLayer, statisticData, statisticRows } from './rows.mjs';

// The axis is logarithmic above `constant` and linear below it: bars start at zero, and both a
// sleeping and a spinning server can be read. It extends at least to `minHighest`.
const STATISTICS = [
  {
    metric: 'server.cpu_utilisation',
    figure: (cell) => cell.utilisation,
    scaled: (share) => share * 100,
    text: shortPercent,
    title: 'server CPU (% of one core)',
    column: 'CPU use (share of one core)',
    constant: 0.001,
    ticks: [0, 0.01, 0.1, 1, 10, 100, 1000, 10000],
    minHighest: 100,
  },
  {
    metric: 'server.wakeups_per_s',
    figure: (cell) => cell.wakeups,
    scaled: (rate) => rate,
    text: (rate) => `${figure(rate)}/s`,
    title: 'wake-ups (per second)',
    column: 'wake-ups per second',
    name: 'wake-ups',
    constant: 0.1,
    ticks: [0, 1, 10, 100, 1000, 1e4, 1e5, 1e6],
    minHighest: 10,
  },
];

function layersOf(rows, highest, { constant, ticks, title }) {
  const scale = { type: 'symlog', constant, domain: [0, highest], nice: false };
  const axis = {
    values: ticks.filter((tick) => tick <= highest),
    format: '~r',
    title,
    labelFlush: false,
    labelOverlap: false,
  };
  const x = (field) => ({ field, type: 'quantitative', scale, axis });
  const y = rowAxis(rows.map((row) => row.label));
  const description = TIP;
  return [
    {
      name: 'bar',
      data: {
        values: rows.map((row) => ({ ...row, fill: row.eligible ? row.colour : INK.paper.light })),
      },
      mark: { type: 'bar', aria: true, height: 13, strokeWidth: 1.5, fillOpacity: 0.75 },
      encoding: {
        x: { ...x('median'), stack: null },
        y,
        fill: literal('fill'),
        stroke: COLOUR,
        description,
      },
    },
    restartLayer(
      rows.map((row) => ({ ...row, colour: INK.text.light })),
      x,
      y,
    ),
    {
      name: 'interval',
      data: { values: rows.filter((row) => row.hasInterval) },
      mark: { type: 'rule', aria: true, strokeWidth: 1.5, color: INK.text.light },
      encoding: { x: x('low'), x2: { field: 'high' }, y, description },
    },
    figureLayer(rows, y),
  ];
}

function panelOf(tables, workload, statistic) {
  const { rows, notes } = statisticRows(tables, workload, statistic);
  const { name, column, minHighest } = statistic;
  const panel = {
    workload: name ? { ...workload, title: `${workload.title}: ${name}` } : workload,
    notes,
    data: statisticData(tables, workload, statistic, column),
  };
  if (rows.length === 0) return panel;
  const frame = rowFrame(
    rows.map((row) => row.label),
    rows.map((row) => row.text),
  );
  const figures = rows.flatMap((row) => [row.median, row.high, ...row.restarts]);
  const highest = Math.max(minHighest, ...figures);
  return { ...panel, spec: { ...frame, config, layer: layersOf(rows, highest, statistic) } };
}

export const idleCpu = {
  id: 'idle_cpu',
  title: 'Server CPU while idle',
  better: 'lower',
  caption:
    'The server while its connections are open and idle: CPU use in per cent of one core, and ' +
    'wake-ups of its threads per second. Medians with 95 % intervals over restarts and every ' +
    'restart as a dot. Bars start at zero; the scale is logarithmic above 0.001 % and above 0.1 ' +
    'wake-ups, so that a sleeping and a spinning server can both be read. A server that never ' +
    'sleeps has no wake-ups.',
  panels: (tables) => {
    const idle = tables.charted.filter((workload) => workload.mode === 'idle');
    return STATISTICS.flatMap((statistic) =>
      idle.map((workload) => panelOf(tables, workload, statistic)),
    );
  },
};
