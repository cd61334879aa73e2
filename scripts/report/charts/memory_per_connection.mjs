// The memory of an additional open connection, in the process and in the kernel.

import { bytes, figure } from '../format.mjs';
import { isEligible, absentReason } from '../tables.mjs';
import { INK } from '../theme.mjs';
import { noteLines, warningNotes } from './notes.mjs';
import { stackPanel } from './stacks.mjs';

const METRIC = 'server.memory_bytes_per_connection';
const KIB = 1024;
const ENLARGED = 1 / 6; // of the largest bar: smaller bars are enlarged in a second panel
const COLUMNS = [
  { text: 'contestant', isNumber: false },
  { text: 'user (bytes)', isNumber: true },
  { text: 'kernel (bytes)', isNumber: true },
  { text: 'validity', isNumber: false },
];

const signed = (size) => (size < 0 ? `−${bytes(-size)}` : bytes(size));

const segment = (name, size, opacity) => ({
  name,
  value: size / KIB,
  text: `${signed(size)} per connection`,
  opacity,
});

function rowOf({ label, colour }, cell) {
  const { user, kernel } = cell.memory;
  const eligible = isEligible(cell, METRIC);
  return {
    label,
    cell,
    eligible,
    colour: eligible ? colour : INK.faded.light,
    text: `${figure(user / KIB)} + ${figure(kernel / KIB)}`,
    segments: [segment('process', user, 0.95), segment('kernel', kernel, 0.35)],
    reach: Math.max(user, 0) + Math.max(kernel, 0),
  };
}

function rowsOf(tables, workload) {
  const rows = [];
  const notes = [];
  for (const contestant of tables.contestants) {
    const { name, label } = contestant;
    const cell = tables.cell(name, workload.name);
    if (!cell) notes.push([label, 'not run on this workload']);
    else if (cell.memory.user === null || cell.memory.kernel === null) {
      const part = cell.memory.user === null ? 'user' : 'kernel';
      notes.push([label, absentReason(cell, `${METRIC}.${part}`)]);
    } else rows.push(rowOf(contestant, cell));
  }
  rows.sort((a, b) => Number(b.eligible) - Number(a.eligible) || a.reach - b.reach);
  const below = rows
    .filter(({ cell }) => cell.memory.user < 0 || cell.memory.kernel < 0)
    .map(({ label }) => [label, 'negative: this memory did not grow with the connections']);
  const ineligible = rows.filter(({ eligible }) => !eligible);
  return { rows, notes: [...warningNotes(ineligible, METRIC), ...noteLines([...notes, ...below])] };
}

function panelsOf(tables, workload) {
  const { rows, notes } = rowsOf(tables, workload);
  const data = {
    columns: COLUMNS,
    rows: tables.contestants.flatMap(({ name, label }) => {
      const cell = tables.cell(name, workload.name);
      return cell ? [[label, cell.memory.user, cell.memory.kernel, cell.status]] : [];
    }),
  };
  if (rows.length === 0) return [{ workload, notes, data }];
  const title = 'memory per connection (KiB)';
  const complete = { workload, notes, data, spec: stackPanel(rows, title) };
  const largest = Math.max(...rows.map(({ reach }) => reach));
  const small = rows.filter(({ reach }) => reach < largest * ENLARGED);
  if (small.length === 0 || small.length === rows.length) return [complete];
  const enlarged = {
    workload: { ...workload, title: `Enlarged: ${workload.title}` },
    notes: [],
    data: { ...data, rows: data.rows.filter(([who]) => small.some(({ label }) => label === who)) },
    spec: stackPanel(small, title),
  };
  return [complete, enlarged];
}

/// For each mode the workload with most connections, where the slope is most precise.
function workloadsOf(tables) {
  const hasFigure = ({ name }) =>
    tables.cells.some(({ workload, memory }) => workload === name && memory.user !== null);
  const withFigures = tables.charted.filter((entry) => entry.connections > 0 && hasFigure(entry));
  return ['idle', 'closed_loop'].flatMap((mode) => {
    const own = withFigures.filter((workload) => workload.mode === mode);
    const max = Math.max(...own.map(({ connections }) => connections));
    const widest = own.filter(({ connections }) => connections === max);
    return [...widest].sort((a, b) => (b.active ?? 0) - (a.active ?? 0)).slice(0, 1);
  });
}

export const memoryPerConnection = {
  id: 'memory_per_connection',
  title: 'Memory per connection',
  better: 'lower',
  caption:
    'The growth of memory with each open connection: of the server process (dark) and of the ' +
    'kernel for it (light), as a slope over the number of connections. On the right process + ' +
    'kernel, in KiB. Bars start at zero; a second panel enlarges bars that are much smaller than ' +
    'the largest. run.json has no intervals for these figures.',
  panels: (tables) => workloadsOf(tables).flatMap((workload) => panelsOf(tables, workload)),
};
