// What a server costs while nobody asks anything of it.

import { shortPercent } from '../format.mjs';
import { INK, config, rowAxis, rowFrame } from '../theme.mjs';
import { figureLayer, restartLayer, statisticData, statisticRows } from './rows.mjs';

const STATISTIC = {
  metric: 'server.cpu_utilisation',
  figure: (cell) => cell.utilisation,
  scaled: (share) => share * 100,
  text: shortPercent,
};
const DECADES = [0, 0.01, 0.1, 1, 10, 100, 1000, 10000];

function layersOf(rows, highest) {
  // Logarithmic above 0.001 %, linear below it: a bar can start at a true zero, and both the
  // server that sleeps and the one that never does can be read.
  const scale = { type: 'symlog', constant: 0.001, domain: [0, highest], nice: false };
  const axis = {
    values: DECADES.filter((tick) => tick <= highest),
    format: '~r',
    title: 'server CPU (% of one core)',
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
    restartLayer(rows.map((row) => ({ ...row, colour: INK.text.light })), x, y),
    {
      name: 'interval',
      data: { values: rows.filter((row) => row.hasInterval) },
      mark: { type: 'rule', aria: true, strokeWidth: 1.5, color: INK.text.light },
      encoding: { x: x('low'), x2: { field: 'high' }, y, description },
    },
    figureLayer(rows, y),
  ];
}

function panelOf(tables, workload) {
  const { rows, notes } = statisticRows(tables, workload, STATISTIC);
  const data = statisticData(tables, workload, STATISTIC, 'CPU use (share of one core)');
  if (rows.length === 0) return { notes, data };
  const frame = rowFrame(
    rows.map((row) => row.label),
    rows.map((row) => row.text),
  );
  const figures = rows.flatMap((row) => [row.median, row.high, ...row.restarts]);
  const highest = Math.max(100, ...figures);
  return { notes, data, spec: { ...frame, config, layer: layersOf(rows, highest) } };
}

export const idleCpu = {
  id: 'idle_cpu',
  title: 'Server CPU while idle',
  better: 'lower',
  caption:
    'CPU use of the server while its connections are open and silent, in per cent of one ' +
    'core, with 95 % intervals over restarts and every restart as a dot. Bars start at zero; the ' +
    'scale is logarithmic above 0.001 %, so that a sleeping and a spinning server can both be read.',
  panels: (tables) =>
    tables.charted
      .filter((workload) => workload.mode === 'idle')
      .map((workload) => ({ workload, ...panelOf(tables, workload) })),
};
