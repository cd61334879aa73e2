// What one more open connection takes: memory of the process and of the kernel.

import { bytes, figure } from '../format.mjs';
import { isComparable, whyAbsent } from '../tables.mjs';
import { INK } from '../theme.mjs';
import { doubtNotes } from './doubts.mjs';
import { noteLines } from './notes.mjs';
import { stackPanel } from './stacks.mjs';

const METRIC = 'server.memory_bytes_per_connection';
const KIB = 1024;
const ENLARGED = 1 / 6; // of the largest bar: what is below cannot be read beside it
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
  text: `${signed(size)} for a connection`,
  opacity,
});

function rowOf({ label, colour }, cell) {
  const { user, kernel } = cell.memory;
  const isSound = isComparable(cell, METRIC);
  return {
    label,
    cell,
    isSound,
    colour: isSound ? colour : INK.faded.light,
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
      notes.push([label, whyAbsent(cell, `${METRIC}.${part}`)]);
    } else rows.push(rowOf(contestant, cell));
  }
  rows.sort((a, b) => Number(b.isSound) - Number(a.isSound) || a.reach - b.reach);
  const below = rows
    .filter(({ cell }) => cell.memory.user < 0 || cell.memory.kernel < 0)
    .map(({ label }) => [label, 'negative: this memory did not grow with the connections']);
  const doubted = rows.filter(({ isSound }) => !isSound);
  return { rows, notes: [...doubtNotes(doubted, METRIC), ...noteLines([...notes, ...below])] };
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
  const title = 'memory for a connection (KiB)';
  const whole = { workload, notes, data, spec: stackPanel(rows, { title }) };
  const most = Math.max(...rows.map(({ reach }) => reach));
  const small = rows.filter(({ reach }) => reach < most * ENLARGED);
  if (small.length === 0 || small.length === rows.length) return [whole];
  const enlarged = {
    workload: { ...workload, title: `Enlarged: ${workload.title}` },
    notes: [],
    data: { ...data, rows: data.rows.filter(([who]) => small.some(({ label }) => label === who)) },
    spec: stackPanel(small, { title }),
  };
  return [whole, enlarged];
}

/// The workload with the most connections of each mode: the slope is surest there.
function measuredOn(tables) {
  const hasFigure = ({ name }) =>
    tables.cells.some(({ workload, memory }) => workload === name && memory.user !== null);
  const withFigures = tables.charted.filter((entry) => entry.connections > 0 && hasFigure(entry));
  return ['idle', 'closed_loop'].flatMap((mode) => {
    const own = withFigures.filter((workload) => workload.mode === mode);
    const most = Math.max(...own.map(({ connections }) => connections));
    const widest = own.filter(({ connections }) => connections === most);
    return [...widest].sort((a, b) => (b.active ?? 0) - (a.active ?? 0)).slice(0, 1);
  });
}

export const memoryPerConnection = {
  id: 'memory_per_connection',
  title: 'Memory for one more connection',
  better: 'lower',
  caption:
    'How much memory grows with each open connection: of the server process (strong shade) and of the ' +
    'kernel for it (faint), as a slope over the connections. At the right process + kernel, in ' +
    'KiB. Bars start at zero; where some are too small beside the largest, a second panel ' +
    'enlarges them. One figure for a cell: run.json has no interval for it.',
  panels: (tables) => measuredOn(tables).flatMap((workload) => panelsOf(tables, workload)),
};
