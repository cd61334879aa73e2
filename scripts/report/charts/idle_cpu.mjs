// What a server costs while nobody asks anything of it: CPU time, and how often it is woken.

import { figure, shortPercent } from '../format.mjs';
import { INK, config, rowAxis, rowFrame } from '../theme.mjs';
import { figureLayer, restartLayer, statisticData, statisticRows } from './rows.mjs';

// Logarithmic above `constant`, linear below it: a bar can start at a true zero, and both the
// server that sleeps and the one that never does can be read.
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
    least: 100,
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
    least: 10,
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
  const description = { field: 'tip', type: 'nominal' };
  const colour = (field) => ({ field, type: 'nominal', scale: null });
  return [
    {
      name: 'bar',
      data: {
        values: rows.map((row) => ({ ...row, fill: row.isSound ? row.colour : INK.paper.light })),
      },
      mark: { type: 'bar', aria: true, height: 13, strokeWidth: 1.5, fillOpacity: 0.75 },
      encoding: {
        x: { ...x('median'), stack: null },
        y,
        fill: colour('fill'),
        stroke: colour('colour'),
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
  const { name, column, least } = statistic;
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
  const highest = Math.max(least, ...figures);
  return { ...panel, spec: { ...frame, config, layer: layersOf(rows, highest, statistic) } };
}

export const idleCpu = {
  id: 'idle_cpu',
  title: 'Server CPU while idle',
  better: 'lower',
  caption:
    'What the server does while its connections are open and silent: its CPU use in per cent of ' +
    'one core, and how often in a second one of its threads is woken. Medians with 95 % ' +
    'intervals over restarts and every restart as a dot. Bars start at zero; the scale is ' +
    'logarithmic above 0.001 % and above 0.1 wake-ups, so that a sleeping and a spinning server ' +
    'can both be read. A server that never sleeps is never woken.',
  panels: (tables) => {
    const idle = tables.charted.filter((workload) => workload.mode === 'idle');
    return STATISTICS.flatMap((statistic) =>
      idle.map((workload) => panelOf(tables, workload, statistic)),
    );
  },
};
