// How often a request enters the kernel, call by call, beside what the model's author predicted.

import { figure } from '../format.mjs';
import { isComparable, whyAbsent } from '../tables.mjs';
import { INK } from '../theme.mjs';
import { doubtNotes } from './doubts.mjs';
import { KIND_CAPTION, inOrder, opacityOf } from './kinds.mjs';
import { noteLines } from './notes.mjs';
import { stackPanel } from './stacks.mjs';

const METRIC = 'server.syscalls_per_request';
const PREDICTED = 'server.syscalls_per_request_predicted';

/// Calls of which there are fewer than this in a request are in the table, not in the picture.
const VISIBLE = 0.005;

function rowOf({ label, colour }, cell) {
  const isSound = isComparable(cell, METRIC);
  return {
    label,
    cell,
    isSound,
    colour: isSound ? colour : INK.faded.light,
    text: figure(cell.calls),
    segments: inOrder(cell.callsByName)
      .filter(({ value }) => value >= VISIBLE)
      .map(({ name, value }) => ({
        name,
        value,
        text: `${figure(value)} calls per request`,
        opacity: opacityOf(name),
      })),
    mark: cell.callsPredicted,
    markText: `${figure(cell.callsPredicted)} calls per request predicted`,
  };
}

function dataOf(cells) {
  const byName = cells.flatMap(({ cell }) => cell.callsByName);
  const names = inOrder([...new Set(byName.map(({ name }) => name))].map((name) => ({ name })));
  const callOf = (cell, wanted) =>
    cell.callsByName.find(({ name }) => name === wanted)?.value ?? (cell.calls === null ? null : 0);
  return {
    columns: [
      { text: 'contestant', isNumber: false },
      { text: 'calls per request', isNumber: true },
      { text: 'predicted', isNumber: true },
      ...names.map(({ name }) => ({ text: name, isNumber: true })),
    ],
    rows: cells.map(({ label, cell }) => [
      label,
      cell.calls,
      cell.callsPredicted,
      ...names.map(({ name }) => callOf(cell, name)),
    ]),
  };
}

function panelOf(tables, workload) {
  const rows = [];
  const cells = [];
  const notes = [];
  for (const contestant of tables.contestants) {
    const { name, label } = contestant;
    const cell = tables.cell(name, workload.name);
    if (!cell) notes.push([label, 'not run on this workload']);
    else {
      cells.push({ label, cell });
      if (cell.calls === null) notes.push([label, whyAbsent(cell, METRIC)]);
      else rows.push(rowOf(contestant, cell));
      if (cell.isTraced) notes.push([label, 'counted by strace, which slows the server down']);
      if (cell.callsPredicted === null) {
        notes.push([label, `no prediction — ${whyAbsent(cell, PREDICTED)}`]);
      }
    }
  }
  rows.sort((a, b) => Number(b.isSound) - Number(a.isSound) || a.cell.calls - b.cell.calls);
  const doubted = rows.filter(({ isSound }) => !isSound);
  const panel = { notes: [...doubtNotes(doubted), ...noteLines(notes)], data: dataOf(cells) };
  if (rows.length === 0) return panel;
  return { ...panel, spec: stackPanel(rows, { title: 'system calls per request' }) };
}

/// The plain closed loops of the fewest connections, of the most, and of the middle between them.
function shown(tables) {
  const plain = tables.charted
    .filter(
      ({ mode, connections, active, isPlain }) =>
        mode === 'closed_loop' && isPlain && active === connections,
    )
    .sort((a, b) => a.connections - b.connections);
  const places = [0, Math.floor(plain.length / 2), plain.length - 1];
  return plain.filter((_, place) => places.includes(place));
}

export const syscalls = {
  id: 'syscalls',
  title: 'System calls per request',
  better: 'lower',
  caption:
    `Counted system calls of the server for one request, by name. ${KIND_CAPTION}. The upright ` +
    'tick is the total that the model predicts for one request on one connection; with many ' +
    'active connections one call may serve several of them. Bars start at zero. Counted in one ' +
    'restart of its own, so there is no interval.',
  panels: (tables) => shown(tables).map((workload) => ({ workload, ...panelOf(tables, workload) })),
};
