// The p99 response time by the achieved rate, in an open loop.

import { count, time } from '../format.mjs';
import { INK } from '../theme.mjs';
import { isEligible } from '../tables.mjs';
import { clean } from '../text.mjs';
import { sweepNotes } from './notes.mjs';
import { countAxisOf, linePanel, yAxisOf } from './lines.mjs';
import { evenly } from './marks.mjs';
import { MICROS_LABEL } from './ticks.mjs';

const METRIC = 'response_time_ns.p99';
const COLUMNS = [
  { text: 'contestant', isNumber: false },
  { text: 'offered (1/s)', isNumber: true },
  { text: 'achieved (1/s)', isNumber: true },
  { text: 'achieved, low', isNumber: true },
  { text: 'achieved, high', isNumber: true },
  { text: 'p99 (ns)', isNumber: true },
  { text: 'validity', isNumber: false },
];

/// The sweeps over the offered rate, each with its workloads from the lowest rate to the highest.
function sweepsOf(tables) {
  const rates = tables.workloads.filter(
    ({ mode, sweep, offered, isPlain }) =>
      mode === 'open_loop' && sweep !== null && offered > 0 && isPlain,
  );
  return [...new Set(rates.map(({ sweep }) => sweep))].map((sweep) => ({
    sweep,
    workloads: rates
      .filter((workload) => workload.sweep === sweep)
      .sort((a, b) => a.offered - b.offered),
  }));
}

function pointOf(cell, offered, knee) {
  const { rps, response } = cell;
  const isKnee = knee?.offered === offered;
  return {
    x: rps.median,
    y: response.p99 / 1e3,
    across: rps.interval,
    eligible: isEligible(cell, METRIC),
    isKnee,
    text:
      `p99 ${time(response.p99)} at ${count(Math.round(rps.median))}/s ` +
      `(${count(offered)}/s offered${isKnee ? '; the knee' : ''})`,
  };
}

/// One contestant's cells of the sweep, by offered rate; null without any.
function seriesOf(tables, { sweep, workloads }, contestant) {
  const cells = workloads
    .map(({ name, offered }) => ({ offered, cell: tables.cell(contestant.name, name) }))
    .filter(({ cell }) => cell !== null);
  if (cells.length === 0) return null;
  const knee = tables.knees.find(
    (entry) => entry.sweep === sweep && entry.contestant === contestant.name,
  );
  const drawn = cells.filter(({ cell }) => cell.rps?.median > 0 && cell.response?.p99 > 0);
  const points = drawn.map(({ cell, offered }) => pointOf(cell, offered, knee));
  return { ...contestant, cells, drawn, points, knee: knee ?? null };
}

function notesOf(series) {
  const knees = series.map(({ label, knee }) => {
    if (!knee) return `${label}: run.json has no knee`;
    const found = knee.offered === null ? 'no knee' : `knee at ${count(knee.offered)}/s`;
    return `${label}: ${knee.reason === null ? found : `${found}; ${clean(knee.reason)}`}`;
  });
  const positionOf = ({ offered }) => `${count(offered)}/s`;
  return [...knees, ...sweepNotes(series, { metric: METRIC, name: 'p99', positionOf })];
}

function boundLayers(bound, at) {
  if (bound === null) return [];
  const values = [{ y: bound / 1e3, text: `bound ${time(bound)}` }];
  return [
    {
      name: 'bound',
      data: { values },
      mark: { type: 'rule', color: INK.axis.light, strokeDash: [3, 3] },
      encoding: { y: at.y },
    },
    {
      name: 'bound_text',
      data: { values },
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'bottom',
        dx: 3,
        dy: -2,
        color: INK.muted.light,
      },
      encoding: { x: { value: 0 }, y: at.y, text: { field: 'text' } },
    },
  ];
}

/// A ring around the highest rate within the bound.
function kneeLayers(series, at) {
  const values = series.flatMap(({ label, colour, points }) =>
    points
      .filter(({ isKnee }) => isKnee)
      .map(({ x, y, text }) => ({ x, y, colour, tip: `${label}: ${text}` })),
  );
  if (values.length === 0) return [];
  return [
    {
      name: 'knee',
      data: { values },
      mark: { type: 'point', aria: true, opacity: 1, size: 230, shape: 'circle', strokeWidth: 1.6 },
      encoding: {
        ...at,
        stroke: { field: 'colour', type: 'nominal', scale: null },
        description: { field: 'tip', type: 'nominal' },
      },
    },
  ];
}

const rowsOf = (series) =>
  series.flatMap(({ label, cells }) =>
    cells.map(({ cell, offered }) => [
      label,
      offered,
      cell.rps?.median ?? null,
      cell.rps?.interval?.low ?? null,
      cell.rps?.interval?.high ?? null,
      cell.response?.p99 ?? null,
      cell.status,
    ]),
  );

function specOf(series, points, bound, scale) {
  const bounds = bound === null ? [] : [bound / 1e3];
  const xAxis = countAxisOf(points, 'achieved rate (requests/s, log scale)');
  const yAxis = yAxisOf(points, scale, 'p99 response time', MICROS_LABEL, bounds);
  const under = (at) => [...boundLayers(bound, at), ...kneeLayers(series, at)];
  return linePanel(series, xAxis, yAxis, under);
}

function panelsOf(tables, sweep, scale) {
  const all = tables.contestants
    .map((contestant) => seriesOf(tables, sweep, contestant))
    .filter((series) => series !== null);
  const bound = all.find(({ knee }) => knee?.bound > 0)?.knee.bound ?? null;
  const points = all.flatMap((series) => series.points);
  const { connections, bytes } = sweep.workloads[0];
  const condition = `open loop · ${count(connections)} connections · ${bytes} B`;
  return evenly(all).map((series) => {
    const drawn = series.filter((entry) => entry.points.length > 0);
    const panel = {
      workload: { title: `Increasing offered rate (${sweep.sweep})`, condition },
      notes: notesOf(series),
      data: { columns: COLUMNS, rows: rowsOf(series) },
    };
    return drawn.length === 0 ? panel : { ...panel, spec: specOf(drawn, points, bound, scale) };
  });
}

export const throughputLatency = {
  id: 'throughput_latency',
  title: 'Response time by throughput',
  better: 'lower',
  caption:
    'Requests start on a schedule, whether or not replies arrive; each line connects the offered ' +
    'rates from the lowest to the highest. x: the achieved rate, with its 95 % interval. y: the ' +
    'p99 of the response time from the intended start, over all restarts. The ring marks the ' +
    'knee: the highest offered rate within the p99 bound. Hollow points are not valid.',
  scales: ['log', 'linear'],
  panels: (tables, { scale = 'log' } = {}) =>
    sweepsOf(tables).flatMap((sweep) => panelsOf(tables, sweep, scale)),
};
