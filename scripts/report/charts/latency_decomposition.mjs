// The mean response time by component: send delay, kernel and server, receive delay.

import { micros, time } from '../format.mjs';
import { INK, config, rowAxis, rowFrame } from '../theme.mjs';
import { isEligible, absentReason, ineligibleReason } from '../tables.mjs';
import { COLOUR, TIP, literal } from './marks.mjs';
import { noteLines } from './notes.mjs';
import { figureLayer } from './rows.mjs';

const PARTS = [
  { key: 'send', path: 'send_delay_ns', text: 'send delay' },
  { key: 'service', path: 'service_time_ns', text: 'kernel and server' },
  { key: 'receive', path: 'receive_delay_ns', text: 'receive delay' },
];
const LEGEND_HEIGHT = 20; // px above the bars

/// The fill of a part; parts differ in lightness, independent of the contestant's colour.
const fillOf = (key, colour) =>
  ({ send: INK.text.light, service: colour, receive: INK.paper.light })[key];

function rowOf(contestant, cell, notes) {
  const { label } = contestant;
  if (cell.means.service === null) {
    notes.push([label, absentReason(cell, 'service_time_ns')]);
    return null;
  }
  const eligible = isEligible(cell, 'response_time_ns');
  if (!eligible) notes.push([label, ineligibleReason(cell, 'response_time_ns'), 'grey']);
  const colour = eligible ? contestant.colour : INK.faded.light;
  const parts = [];
  for (const { key, path, text } of PARTS) {
    const ns = cell.means[key];
    if (ns === null) notes.push([label, `no ${text} — ${absentReason(cell, path)}`]);
    else {
      const tip = `${label}: ${text} ${time(ns)} (mean)`;
      const fill = fillOf(key, colour);
      parts.push({ label, part: key, order: parts.length, us: ns / 1e3, colour, fill, tip });
    }
  }
  return { label, eligible, means: cell.means, text: `${micros(cell.means.service)} µs`, parts };
}

const isExcluded = ({ plan }, { name }) =>
  Object.values(plan.left_out ?? {}).some((entry) => entry?.contestant === name);

function rowsOf(tables, workload) {
  const notes = [];
  const rows = [];
  for (const contestant of tables.contestants) {
    const cell = tables.cell(contestant.name, workload.name);
    const row = cell && rowOf(contestant, cell, notes);
    if (row) rows.push(row);
    // A contestant that the plan excludes from a sweep is not missing.
    else if (!cell && !isExcluded(workload, contestant)) {
      notes.push([contestant.label, 'not run on this workload']);
    }
  }
  rows.sort((a, b) => Number(b.eligible) - Number(a.eligible) || a.means.service - b.means.service);
  return { rows, notes: noteLines(notes) };
}

/// The legend of the fills, above the plot.
function legendLayers(names) {
  const samples = PARTS.map(({ key, text }, index) => ({
    text,
    fill: fillOf(key, INK.faded.light),
    x: [0, 86, 207][index] - names,
  }));
  const position = { field: 'x', type: 'quantitative', scale: null };
  return [
    {
      name: 'key',
      data: { values: samples },
      mark: {
        type: 'point',
        shape: 'square',
        size: 80,
        stroke: INK.faded.light,
        opacity: 1,
        xOffset: 6,
      },
      encoding: { x: position, y: { value: -12 }, fill: literal('fill') },
    },
    {
      name: 'keyText',
      data: { values: samples },
      mark: { type: 'text', align: 'left', baseline: 'middle', xOffset: 15 },
      encoding: { x: position, y: { value: -12 }, text: { field: 'text' } },
    },
  ];
}

function layersOf(rows, names) {
  const x = {
    field: 'us',
    type: 'quantitative',
    stack: 'zero',
    scale: { zero: true, nice: false },
    axis: { tickCount: 4, title: 'mean time of a request (µs)', labelFlush: false },
  };
  const y = rowAxis(rows.map(({ label }) => label));
  return [
    {
      name: 'part',
      data: { values: rows.flatMap(({ parts }) => parts) },
      mark: { type: 'bar', height: 13, strokeWidth: 1, aria: true },
      encoding: {
        x,
        y,
        fill: literal('fill'),
        stroke: COLOUR,
        order: { field: 'order', type: 'quantitative' },
        detail: { field: 'part', type: 'nominal' },
        description: TIP,
      },
    },
    figureLayer(rows, y),
    ...legendLayers(names),
  ];
}

function panelOf(tables, workload) {
  const { rows, notes } = rowsOf(tables, workload);
  if (rows.length === 0) return { notes };
  const frame = rowFrame(
    rows.map(({ label }) => label),
    rows.map(({ text }) => text),
  );
  const padding = { ...frame.padding, top: frame.padding.top + LEGEND_HEIGHT };
  const layer = layersOf(rows, frame.padding.left - 8);
  const data = {
    columns: [
      { text: 'contestant', isNumber: false },
      ...PARTS.map(({ text }) => ({ text: `${text} (ns, mean)`, isNumber: true })),
    ],
    rows: rows.map(({ label, means }) => [label, ...PARTS.map(({ key }) => means[key])]),
  };
  return { notes, spec: { ...frame, padding, config, layer }, data };
}

export const latencyDecomposition = {
  id: 'latency_decomposition',
  title: 'Response time by component',
  better: 'lower',
  caption:
    'Mean times in an open loop: from the intended start of a request to its sending (send ' +
    'delay), then to the arrival of the reply (kernel and server), then until the generator ' +
    'reads the reply (receive delay). The receive delay is known only if the kernel stamps ' +
    'replies; otherwise it is part of “kernel and server”. The number on the right is that of ' +
    'kernel and server. run.json has no intervals for these means.',
  // In a closed loop the send delay is always zero.
  panels: (tables) =>
    tables.workloads
      .filter((workload) => workload.mode === 'open_loop')
      .map((workload) => ({ workload, ...panelOf(tables, workload) })),
};
