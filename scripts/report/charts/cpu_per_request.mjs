// Absolute CPU time per request: the median, its interval, every restart behind it, and how the
// kernel divides it into user and system time.

import { micros } from '../format.mjs';
import { whyAbsent } from '../tables.mjs';
import { INK, SIZE, config, rowAxis, rowFrame } from '../theme.mjs';
import { noteLines } from './notes.mjs';
import { figureLayer, restartLayer, statisticData, statisticRows } from './rows.mjs';

const STATISTIC = {
  metric: 'server.cpu_ns_per_request',
  figure: (cell) => cell.cpu,
  scaled: (ns) => ns / 1e3,
  text: (ns) => `${micros(ns)} µs`,
};

const SHARES = [
  { key: 'user', name: 'user time', opacity: 0.6 },
  { key: 'system', name: 'system time', opacity: 0.22 },
];

/// The bars of user and system time, one after the other from zero; none where one is missing.
function sharesOf(rows) {
  return rows
    .filter(({ cell }) => cell.user !== null && cell.system !== null)
    .flatMap(({ label, colour, cell }) => {
      let end = 0;
      return SHARES.map(({ key, name, opacity }) => {
        const start = end;
        end += cell[key] / 1e3;
        const tip = `${label}: ${name} ${micros(cell[key])} µs`;
        return { label, colour, opacity, start, end, tip };
      });
    });
}

function splitNotes(rows) {
  const key = 'server.user_ns_per_request';
  return noteLines(
    rows
      .filter(({ cell }) => cell.user === null || cell.system === null)
      .map(({ label, cell }) => [label, `no split into user and system — ${whyAbsent(cell, key)}`]),
  );
}

function layersOf(rows, highest) {
  const scale = { domain: [0, highest * 1.03], nice: false };
  const axis = { tickCount: 4, title: 'server CPU per request (µs)', labelFlush: false };
  const x = (field) => ({ field, type: 'quantitative', scale, axis });
  const y = rowAxis(rows.map((row) => row.label));
  const hue = { field: 'colour', type: 'nominal', scale: null };
  const shape = { field: 'marker', type: 'nominal', scale: null };
  const description = { field: 'tip', type: 'nominal' };
  const dot = { type: 'point', aria: true, opacity: 1, size: SIZE.dot };
  return [
    {
      name: 'share',
      data: { values: sharesOf(rows) },
      mark: { type: 'bar', aria: true, height: 11 },
      encoding: {
        x: { ...x('start'), stack: null },
        x2: { field: 'end' },
        y,
        color: hue,
        fillOpacity: { field: 'opacity', type: 'quantitative', scale: null },
        description,
      },
    },
    restartLayer(rows, x, y),
    {
      name: 'interval',
      data: { values: rows.filter((row) => row.hasInterval) },
      mark: { type: 'rule', aria: true, strokeWidth: 2 },
      encoding: { x: x('low'), x2: { field: 'high' }, y, stroke: hue, description },
    },
    {
      name: 'median',
      data: { values: rows.filter((row) => row.isSound) },
      mark: { ...dot, filled: true },
      encoding: { x: x('median'), y, color: hue, shape, description },
    },
    {
      name: 'hollow',
      data: { values: rows.filter((row) => !row.isSound) },
      mark: { ...dot, fill: INK.paper.light, strokeWidth: 1.5 },
      encoding: { x: x('median'), y, stroke: hue, shape, description },
    },
    figureLayer(rows, y),
  ].filter(({ data }) => data.values.length > 0);
}

function dataOf(tables, workload) {
  const { columns, rows } = statisticData(tables, workload, STATISTIC, 'CPU per request (ns)');
  const shares = (label) => {
    const { name } = tables.contestants.find((entry) => entry.label === label);
    const { user, system } = tables.cell(name, workload.name);
    return [user, system];
  };
  return {
    columns: [
      ...columns,
      { text: 'user (ns)', isNumber: true },
      { text: 'system (ns)', isNumber: true },
    ],
    rows: rows.map((row) => [...row, ...shares(row[0])]),
  };
}

/// The panel of one workload: {notes, data} and, where there is a figure, its spec.
export function cpuPanel(tables, workload) {
  const { rows, notes: doubts } = statisticRows(tables, workload, STATISTIC);
  const notes = [...doubts, ...splitNotes(rows)];
  const data = dataOf(tables, workload);
  if (rows.length === 0) return { notes, data };
  const frame = rowFrame(
    rows.map((row) => row.label),
    rows.map((row) => row.text),
  );
  const ends = sharesOf(rows).map(({ end }) => end);
  const figures = rows.flatMap((row) => [row.median, row.high, ...row.restarts]);
  const highest = Math.max(...figures, ...ends);
  return { notes, data, spec: { ...frame, config, layer: layersOf(rows, highest) } };
}

export const cpuPerRequest = {
  id: 'cpu_per_request',
  title: 'Server CPU per request',
  better: 'lower',
  caption:
    'CPU time of the server per request: the median over restarts, its 95 % interval, and ' +
    'each restart as a small dot. The bar behind them is user time (strong) and system time ' +
    '(faint) as the kernel samples them. Every panel starts at zero and has its own scale. ' +
    'Absolute figures move with the machine; the ratios are the comparison.',
  panels: (tables) =>
    tables.charted
      .filter((workload) => workload.mode !== 'idle')
      .map((workload) => ({ workload, ...cpuPanel(tables, workload) })),
};
