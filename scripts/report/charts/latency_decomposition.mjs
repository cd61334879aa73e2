// Where the time of a mean request went: late sending, kernel and server, late reading.

import { micros, time } from '../format.mjs';
import { INK, config, rowAxis, rowFrame } from '../theme.mjs';
import { isComparable, whyAbsent, whyNot } from '../tables.mjs';
import { SAID, literal } from './marks.mjs';
import { noteLines } from './notes.mjs';
import { figureLayer } from './rows.mjs';

const PARTS = [
  { key: 'send', path: 'send_delay_ns', text: 'send delay' },
  { key: 'service', path: 'service_time_ns', text: 'kernel and server' },
  { key: 'receive', path: 'receive_delay_ns', text: 'receive delay' },
];
const KEY_HEIGHT = 20; // px above the bars

/// How a part is filled: distinguished by its tone, whatever the contestant's colour.
const fillOf = (key, colour) =>
  ({ send: INK.text.light, service: colour, receive: INK.paper.light })[key];

function rowOf(contestant, cell, notes) {
  const { label } = contestant;
  if (cell.means.service === null) {
    notes.push([label, whyAbsent(cell, 'service_time_ns')]);
    return null;
  }
  const isSound = isComparable(cell, 'response_time_ns');
  if (!isSound) notes.push([label, whyNot(cell, 'response_time_ns'), 'grey']);
  const colour = isSound ? contestant.colour : INK.faded.light;
  const parts = [];
  for (const { key, path, text } of PARTS) {
    const ns = cell.means[key];
    if (ns === null) notes.push([label, `no ${text} — ${whyAbsent(cell, path)}`]);
    else {
      const said = `${label}: ${text} ${time(ns)} in the mean`;
      const fill = fillOf(key, colour);
      parts.push({ label, part: key, order: parts.length, us: ns / 1e3, colour, fill, said });
    }
  }
  return { label, isSound, means: cell.means, text: `${micros(cell.means.service)} µs`, parts };
}

const isLeftOut = ({ plan }, { name }) =>
  Object.values(plan.left_out ?? {}).some((entry) => entry?.contestant === name);

function rowsOf(tables, workload) {
  const notes = [];
  const rows = [];
  for (const contestant of tables.contestants) {
    const cell = tables.cell(contestant.name, workload.name);
    const row = cell && rowOf(contestant, cell, notes);
    if (row) rows.push(row);
    // Who was left out of a sweep by its plan is no gap in this panel.
    else if (!cell && !isLeftOut(workload, contestant)) {
      notes.push([contestant.label, 'not run on this workload']);
    }
  }
  rows.sort((a, b) => Number(b.isSound) - Number(a.isSound) || a.means.service - b.means.service);
  return { rows, notes: noteLines(notes) };
}

/// Samples of the fills with what they stand for, above the plot.
function keyLayers(names) {
  const samples = PARTS.map(({ key, text }, index) => ({
    text,
    fill: fillOf(key, INK.faded.light),
    x: [0, 86, 207][index] - names,
  }));
  const place = { field: 'x', type: 'quantitative', scale: null };
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
      encoding: { x: place, y: { value: -12 }, fill: literal('fill') },
    },
    {
      name: 'keyText',
      data: { values: samples },
      mark: { type: 'text', align: 'left', baseline: 'middle', xOffset: 15 },
      encoding: { x: place, y: { value: -12 }, text: { field: 'text' } },
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
        stroke: literal('colour'),
        order: { field: 'order', type: 'quantitative' },
        detail: { field: 'part', type: 'nominal' },
        description: SAID,
      },
    },
    figureLayer(rows, y),
    ...keyLayers(names),
  ];
}

function panelOf(tables, workload) {
  const { rows, notes } = rowsOf(tables, workload);
  if (rows.length === 0) return { notes };
  const frame = rowFrame(
    rows.map(({ label }) => label),
    rows.map(({ text }) => text),
  );
  const padding = { ...frame.padding, top: frame.padding.top + KEY_HEIGHT };
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
  title: 'Where the time of a request goes',
  better: 'lower',
  caption:
    'Mean times in open loop, from the intended start of a request on: until it was sent (send ' +
    'delay), until its reply had come (kernel and server), and until the generator read that reply ' +
    '(receive delay). The last is known where the kernel stamps replies; elsewhere it is part of ' +
    'the second. The figure is that of kernel and server. run.json has no intervals of these means.',
  // In a closed loop a request is sent when it is intended: there is nothing to take apart.
  panels: (tables) =>
    tables.workloads
      .filter((workload) => workload.mode === 'open_loop')
      .map((workload) => ({ workload, ...panelOf(tables, workload) })),
};
