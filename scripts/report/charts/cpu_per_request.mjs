// Absolute CPU time per request: median, interval, every restart, and the split into user and
// system time.

import { micros } from '../format.mjs';
import { absentReason } from '../tables.mjs';
import { INK, SIZE, config, rowAxis, rowFrame } from '../theme.mjs';
import { COLOUR, MARKER, TIP } from './marks.mjs';
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

/// The stacked bars of user and system time; none if one is missing.
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
      .map(({ label, cell }) => [
        label,
        `no split into user and system — ${absentReason(cell, key)}`,
      ]),
  );
}

function layersOf(rows, highest) {
  const scale = { domain: [0, highest * 1.03], nice: false };
  const axis = { tickCount: 4, title: 'server CPU per request (µs)', labelFlush: false };
  const x = (field) => ({ field, type: 'quantitative', scale, axis });
  const y = rowAxis(rows.map((row) => row.label));
  const description = TIP;
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
        color: COLOUR,
        fillOpacity: { field: 'opacity', type: 'quantitative', scale: null },
        description,
      },
    },
    restartLayer(rows, x, y),
    {
      name: 'interval',
      data: { values: rows.filter((row) => row.hasInterval) },
      mark: { type: 'rule', aria: true, strokeWidth: 2 },
      encoding: { x: x('low'), x2: { field: 'high' }, y, stroke: COLOUR, description },
    },
    {
      name: 'median',
      data: { values: rows.filter((row) => row.eligible) },
      mark: { ...dot, filled: true },
      encoding: { x: x('median'), y, color: COLOUR, shape: MARKER, description },
    },
    {
      name: 'hollow',
      data: { values: rows.filter((row) => !row.eligible) },
      mark: { ...dot, fill: INK.paper.light, strokeWidth: 1.5 },
      encoding: { x: x('median'), y, stroke: COLOUR, shape: MARKER, description },
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

/// The panel of one workload: {notes, data} and, if there is a figure, its spec.
export function cpuPanel(tables, workload) {
  const { rows, notes: statisticNotes } = statisticRows(tables, workload, STATISTIC);
  const notes = [...statisticNotes, ...splitNotes(rows)];
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
    'CPU time of the server per request: the median over restarts, its 95 % interval, and each ' +
    'restart as a small dot. The bar shows user time (dark) and system time (light) as sampled ' +
    'by the kernel. Every panel starts at zero and has its own scale. Absolute figures depend on ' +
    'the machine; compare contestants by ratios.',
  panels: (tables) =>
    tables.charted
      .filter((workload) => workload.mode !== 'idle')
      .map((workload) => ({ workload, ...cpuPanel(tables, workload) })),
};
