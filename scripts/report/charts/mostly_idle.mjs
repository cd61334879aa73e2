// The cost of a request on active connections, by the number of idle connections.

import { count, micros } from '../format.mjs';
import { isEligible } from '../tables.mjs';
import { cpuPanel } from './cpu_per_request.mjs';
import { sweepNotes } from './notes.mjs';
import { COUNT_LABEL, linePanel, yAxisOf } from './lines.mjs';
import { evenly } from './marks.mjs';
import { MICROS_LABEL } from './ticks.mjs';

const METRIC = 'server.cpu_ns_per_request';
const LINEAR_BELOW = 50; // idle connections; the axis is logarithmic above, so that it has a zero
const COLUMNS = [
  { text: 'contestant', isNumber: false },
  { text: 'idle connections', isNumber: true },
  { text: 'CPU per request (ns)', isNumber: true },
  { text: 'low', isNumber: true },
  { text: 'high', isNumber: true },
  { text: 'validity', isNumber: false },
];

const idleOf = ({ connections, active }) => connections - active;

const isCandidate = ({ mode, connections, active, isPlain }) =>
  mode === 'closed_loop' && isPlain && active > 0 && connections >= active;

/// The sweeps over the number of idle connections with a constant number of active ones.
function sweepsOf(tables) {
  const swept = tables.workloads.filter((entry) => isCandidate(entry) && entry.sweep !== null);
  return [...new Set(swept.map(({ sweep }) => sweep))]
    .map((sweep) =>
      swept.filter((workload) => workload.sweep === sweep).sort((a, b) => idleOf(a) - idleOf(b)),
    )
    .filter(
      (workloads) =>
        new Set(workloads.map(({ active }) => active)).size === 1 &&
        new Set(workloads.map(idleOf)).size > 1,
    );
}

const positionOf = ({ idle }) => `${count(idle)} idle connections`;

function pointOf({ cpu, ...cell }, idle) {
  const { median, interval, restarts } = cpu;
  const range = interval ? ` (${micros(interval.low)} to ${micros(interval.high)})` : '';
  return {
    x: idle,
    y: median / 1e3,
    interval: interval && { low: interval.low / 1e3, high: interval.high / 1e3 },
    restarts: restarts.map((ns) => ns / 1e3),
    eligible: isEligible(cell, METRIC),
    text: `${positionOf({ idle })}, ${micros(median)}${range} µs CPU per request`,
  };
}

function linesOf(tables, workloads) {
  return tables.contestants
    .map((contestant) => {
      const cells = workloads
        .map((workload) => ({
          idle: idleOf(workload),
          cell: tables.cell(contestant.name, workload.name),
        }))
        .filter(({ cell }) => cell !== null);
      const drawn = cells.filter(({ cell }) => cell.cpu?.median > 0);
      return {
        ...contestant,
        cells,
        drawn,
        points: drawn.map(({ cell, idle }) => pointOf(cell, idle)),
      };
    })
    .filter(({ cells }) => cells.length > 0);
}

const rowsOf = (lines) =>
  lines.flatMap(({ label, cells }) =>
    cells.map(({ cell, idle }) => {
      const { median = null, interval } = cell.cpu ?? {};
      return [label, idle, median, interval?.low ?? null, interval?.high ?? null, cell.status];
    }),
  );

function specOf(lines, all, workloads, scale) {
  const points = all.flatMap((line) => line.points);
  const steps = [...new Set(workloads.map(idleOf))];
  const xAxis = {
    type: 'symlog',
    constant: LINEAR_BELOW,
    domain: [-LINEAR_BELOW / 8, Math.max(...steps) * 1.3],
    values: steps,
    labelExpr: COUNT_LABEL,
    title: `idle connections (log scale above ${LINEAR_BELOW})`,
  };
  return linePanel(lines, xAxis, yAxisOf(points, scale, 'server CPU per request', MICROS_LABEL));
}

function sweepPanels(tables, workloads, scale) {
  const all = linesOf(tables, workloads);
  const { active, bytes } = workloads[0];
  const title = `Idle connections with ${count(active)} active ones`;
  return evenly(all).map((lines) => {
    const drawn = lines.filter(({ points }) => points.length > 0);
    const panel = {
      workload: { title, condition: `closed loop · ${bytes} B` },
      notes: sweepNotes(lines, { metric: METRIC, name: 'figure', positionOf }),
      data: { columns: COLUMNS, rows: rowsOf(lines) },
    };
    return drawn.length === 0 ? panel : { ...panel, spec: specOf(drawn, all, workloads, scale) };
  });
}

/// Workloads outside a sweep that have idle connections.
const singlesOf = (tables) =>
  tables.charted.filter(
    (workload) => isCandidate(workload) && workload.sweep === null && idleOf(workload) > 0,
  );

export const mostlyIdle = {
  id: 'mostly_idle',
  title: 'Cost of idle connections',
  better: 'lower',
  caption:
    'Server CPU per request of the active connections, by the number of open but idle ' +
    'connections. A server that checks every connection in turn pays for all of them. Medians ' +
    'with 95 % intervals, every restart as a dot. Hollow points are not valid.',
  scales: ['log', 'linear'],
  panels: (tables, { scale = 'log' } = {}) => [
    ...sweepsOf(tables).flatMap((workloads) => sweepPanels(tables, workloads, scale)),
    ...singlesOf(tables).map((workload) => ({ workload, ...cpuPanel(tables, workload) })),
  ],
};
