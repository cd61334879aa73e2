// System calls per request by name, and the prediction of the model.

import { figure } from '../format.mjs';
import { isEligible, absentReason } from '../tables.mjs';
import { INK } from '../theme.mjs';
import { KIND_CAPTION, inOrder, opacityOf } from './kinds.mjs';
import { noteLines, warningNotes } from './notes.mjs';
import { stackPanel } from './stacks.mjs';

const METRIC = 'server.syscalls_per_request';
const PREDICTED = 'server.syscalls_per_request_predicted';

/// Calls per request; rarer calls are only in the data table.
const MIN_DRAWN = 0.005;

function rowOf({ label, colour }, cell) {
  const eligible = isEligible(cell, METRIC);
  return {
    label,
    cell,
    eligible,
    colour: eligible ? colour : INK.faded.light,
    text: figure(cell.calls),
    segments: inOrder(cell.callsByName)
      .filter(({ value }) => value >= MIN_DRAWN)
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
      if (cell.calls === null) notes.push([label, absentReason(cell, METRIC)]);
      else rows.push(rowOf(contestant, cell));
      if (cell.isTraced) notes.push([label, 'counted by strace, which slows the server down']);
      if (cell.callsPredicted === null) {
        notes.push([label, `no prediction — ${absentReason(cell, PREDICTED)}`]);
      }
    }
  }
  rows.sort((a, b) => Number(b.eligible) - Number(a.eligible) || a.cell.calls - b.cell.calls);
  const ineligible = rows.filter(({ eligible }) => !eligible);
  const panel = {
    notes: [...warningNotes(ineligible, METRIC), ...noteLines(notes)],
    data: dataOf(cells),
  };
  if (rows.length === 0) return panel;
  return { ...panel, spec: stackPanel(rows, 'system calls per request') };
}

/// The plain closed loops with the fewest, the median and the most connections.
function workloadsOf(tables) {
  const plain = tables.charted
    .filter(
      ({ mode, connections, active, isPlain }) =>
        mode === 'closed_loop' && isPlain && active === connections,
    )
    .sort((a, b) => a.connections - b.connections);
  const indices = [0, Math.floor(plain.length / 2), plain.length - 1];
  return plain.filter((_, index) => indices.includes(index));
}

export const syscalls = {
  id: 'syscalls',
  title: 'System calls per request',
  better: 'lower',
  caption:
    `Counted system calls of the server per request, by name. ${KIND_CAPTION}. The vertical tick ` +
    'is the total that the model predicts for one request on one connection; with many active ' +
    'connections one call may serve several of them. Bars start at zero. Counted in one separate ' +
    'restart, so there is no interval.',
  panels: (tables) =>
    workloadsOf(tables).map((workload) => ({ workload, ...panelOf(tables, workload) })),
};
