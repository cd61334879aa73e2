// Absolute CPU time per request: the median, its interval, and every restart behind it.

import { micros } from '../format.mjs';
import { INK, SIZE, config, rowAxis, rowFrame } from '../theme.mjs';
import { figureLayer, statisticRows } from './rows.mjs';

const STATISTIC = {
  metric: 'server.cpu_ns_per_request',
  figure: (cell) => cell.cpu,
  scaled: (ns) => ns / 1e3,
  text: (ns) => `${micros(ns)} µs`,
};

function layersOf(rows, highest) {
  const scale = { domain: [0, highest * 1.03], nice: false };
  const axis = { tickCount: 4, title: 'server CPU per request (µs)', labelFlush: false };
  const x = (field) => ({ field, type: 'quantitative', scale, axis });
  const y = rowAxis(rows.map((row) => row.label));
  const hue = { field: 'colour', type: 'nominal', scale: null };
  const shape = { field: 'marker', type: 'nominal', scale: null };
  const dot = { type: 'point', opacity: 1, size: SIZE.dot };
  const restarts = rows.flatMap(({ label, colour, restarts: figures }) =>
    figures.map((figure) => ({ label, colour, figure })),
  );
  return [
    {
      name: 'restarts',
      data: { values: restarts },
      mark: { type: 'point', filled: true, opacity: 0.45, size: SIZE.restart },
      encoding: { x: x('figure'), y, color: hue },
    },
    {
      name: 'interval',
      data: { values: rows.filter((row) => row.hasInterval) },
      mark: { type: 'rule', strokeWidth: 2 },
      encoding: { x: x('low'), x2: { field: 'high' }, y, stroke: hue },
    },
    {
      name: 'median',
      data: { values: rows.filter((row) => row.isSound) },
      mark: { ...dot, filled: true },
      encoding: { x: x('median'), y, color: hue, shape },
    },
    {
      name: 'hollow',
      data: { values: rows.filter((row) => !row.isSound) },
      mark: { ...dot, fill: INK.paper.light, strokeWidth: 1.5 },
      encoding: { x: x('median'), y, stroke: hue, shape },
    },
    figureLayer(rows, y),
  ];
}

function panelOf(tables, workload) {
  const { rows, notes } = statisticRows(tables, workload, STATISTIC);
  if (rows.length === 0) return { notes };
  const frame = rowFrame(
    rows.map((row) => row.label),
    rows.map((row) => row.text),
  );
  const highest = Math.max(...rows.flatMap((row) => [row.median, row.high, ...row.restarts]));
  return { notes, spec: { ...frame, config, layer: layersOf(rows, highest) } };
}

export const cpuPerRequest = {
  id: 'cpu_per_request',
  title: 'Server CPU per request',
  better: 'lower',
  caption:
    'CPU time of the server per request: the median over restarts, its 95 % interval, and ' +
    'each restart as a small dot. Every panel starts at zero and has its own scale. Absolute ' +
    'figures move with the machine; the ratios are the comparison.',
  panels: (tables) =>
    tables.charted
      .filter((workload) => workload.mode !== 'idle')
      .map((workload) => ({ workload, ...panelOf(tables, workload) })),
};
