// Throughput, p99 and CPU per request by the number of connections.

import { count, figure, micros, time } from '../format.mjs';
import { isEligible } from '../tables.mjs';
import { sweepNotes } from './notes.mjs';
import { COUNT_LABEL, countAxisOf, linePanel, yAxisOf } from './lines.mjs';
import { evenly } from './marks.mjs';
import { MICROS_LABEL } from './ticks.mjs';

const MEASURES = [
  {
    title: 'Throughput',
    name: 'rate',
    metric: 'achieved_rps',
    unit: 'requests per second',
    column: 'requests/s',
    labelExpr: COUNT_LABEL,
    figure: ({ rps }) => rps,
    scaled: (rps) => rps,
    text: (rps) => `${figure(rps)} requests/s`,
  },
  {
    title: 'p99 response time',
    name: 'p99',
    metric: 'response_time_ns.p99',
    unit: 'p99 response time',
    column: 'p99 (ns)',
    labelExpr: MICROS_LABEL,
    // A percentile over all restarts; run.json has no interval for it.
    figure: ({ response }) => response?.p99 > 0 && { median: response.p99, restarts: [] },
    scaled: (ns) => ns / 1e3,
    text: (ns) => `p99 ${time(ns)}`,
  },
  {
    title: 'Server CPU per request',
    name: 'CPU',
    metric: 'server.cpu_ns_per_request',
    unit: 'server CPU per request',
    column: 'CPU (ns)',
    labelExpr: MICROS_LABEL,
    figure: ({ cpu }) => cpu,
    scaled: (ns) => ns / 1e3,
    text: (ns) => `${micros(ns)} µs CPU`,
  },
];

/// The workloads that differ only in the number of connections: closed loop, all active, one
/// message size. Of two with the same number the first is used. Empty if there are fewer than two.
function sweepOf(tables) {
  const plain = tables.workloads.filter(
    ({ mode, connections, active, isPlain }) =>
      mode === 'closed_loop' && isPlain && connections > 0 && active === connections,
  );
  const bySize = new Map();
  for (const workload of plain) {
    const steps = bySize.get(workload.bytes) ?? new Map();
    if (!steps.has(workload.connections)) steps.set(workload.connections, workload);
    bySize.set(workload.bytes, steps);
  }
  const [longest] = [...bySize.values()].sort((a, b) => b.size - a.size);
  if (!longest || longest.size < 2) return [];
  return [...longest.values()].sort((a, b) => a.connections - b.connections);
}

const positionOf = ({ connections }) =>
  `${count(connections)} connection${connections === 1 ? '' : 's'}`;

function pointOf(cell, connections, measure) {
  const { median, interval, restarts } = measure.figure(cell);
  const { scaled, text } = measure;
  const range = interval ? ` (${text(interval.low)} to ${text(interval.high)})` : '';
  return {
    x: connections,
    y: scaled(median),
    interval: interval && { low: scaled(interval.low), high: scaled(interval.high) },
    restarts: restarts.map(scaled),
    eligible: isEligible(cell, measure.metric),
    text: `${positionOf({ connections })}, ${text(median)}${range}`,
  };
}

function lineOf(tables, workloads, contestant, measure) {
  const cells = workloads
    .map(({ name, connections }) => ({ connections, cell: tables.cell(contestant.name, name) }))
    .filter(({ cell }) => cell !== null);
  const drawn = cells.filter(({ cell }) => measure.figure(cell)?.median > 0);
  const points = drawn.map(({ cell, connections }) => pointOf(cell, connections, measure));
  return { ...contestant, cells, drawn, points };
}

function dataOf(lines, measure) {
  const columns = ['contestant', 'connections', measure.column, 'low', 'high', 'validity'];
  return {
    columns: columns.map((text) => ({ text, isNumber: !/contestant|validity/.test(text) })),
    rows: lines.flatMap(({ label, cells }) =>
      cells.map(({ cell, connections }) => {
        const { median = null, interval } = measure.figure(cell) || {};
        const { low = null, high = null } = interval ?? {};
        return [label, connections, median, low, high, cell.status];
      }),
    ),
  };
}

function specOf(lines, all, measure, scale) {
  const points = all.flatMap((line) => line.points);
  const xAxis = countAxisOf(points, 'connections (log scale)');
  return linePanel(lines, xAxis, yAxisOf(points, scale, measure.unit, measure.labelExpr));
}

/// Contestants ordered by family, so that a family shares a panel if possible.
function byFamily(contestants) {
  const familyOf = ({ describe }) => String(describe.family ?? '');
  const families = [...new Set(contestants.map(familyOf))];
  return families.flatMap((family) => contestants.filter((entry) => familyOf(entry) === family));
}

function panelsOf(tables, scale) {
  const workloads = sweepOf(tables);
  if (workloads.length === 0) return [];
  const groups = evenly(byFamily(tables.contestants));
  const { bytes } = workloads[0];
  return groups.flatMap((group, index) =>
    MEASURES.map((measure) => {
      const lineFor = (contestant) => lineOf(tables, workloads, contestant, measure);
      const isDrawn = ({ points }) => points.length > 0;
      const lines = group.map(lineFor);
      const part = groups.length > 1 ? ` (${index + 1} of ${groups.length})` : '';
      const panel = {
        workload: {
          title: `${measure.title}${part}`,
          condition: `closed loop · all connections active · ${bytes} B`,
        },
        notes: sweepNotes(lines, { metric: measure.metric, name: measure.name, positionOf }),
        data: dataOf(lines, measure),
      };
      const drawn = lines.filter(isDrawn);
      if (drawn.length === 0) return panel;
      const all = tables.contestants.map(lineFor).filter(isDrawn);
      return { ...panel, spec: specOf(drawn, all, measure, scale) };
    }),
  );
}

export const scaling = {
  id: 'scaling',
  title: 'Scaling with the number of connections',
  better: null,
  caption:
    'Throughput (higher is better), p99 response time and server CPU per request (lower is ' +
    'better) by the number of connections. All connections are active, and each waits for the ' +
    'reply before the next request. Medians with 95 % intervals, every restart as a dot; the p99 ' +
    'is over all restarts. Panels of one metric have the same axes. Hollow points are not valid.',
  scales: ['log', 'linear'],
  panels: (tables, { scale = 'log' } = {}) => panelsOf(tables, scale),
};
