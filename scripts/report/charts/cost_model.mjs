// Predicted and measured CPU per request: the cost of its parts, and what remains unexplained.

import { micros, shortPercent } from '../format.mjs';
import { ineligibleReason } from '../tables.mjs';
import { KIND_CAPTION, inOrder, opacityOf } from './kinds.mjs';
import { noteLines } from './notes.mjs';
import { stackPanel } from './stacks.mjs';

const US = 1e3; // ns
const COLUMNS = [
  { text: 'contestant', isNumber: false },
  { text: 'predicted (ns)', isNumber: true },
  { text: 'measured (ns)', isNumber: true },
  { text: 'unexplained (ns)', isNumber: true },
  { text: 'unexplained (share)', isNumber: true },
  { text: 'without a price', isNumber: false },
];

const roundedPercent = (share) => shortPercent(Number(share.toFixed(2))).replace('−0 %', '0 %');

/// The parts with a price, then the rest of the measured figure, if the parts do not exceed it.
function segmentsOf({ parts, unexplained }) {
  const priced = inOrder(parts).map(({ name, ns }) => ({
    name,
    value: ns / US,
    text: `${micros(ns)} µs predicted`,
    opacity: opacityOf(name),
  }));
  if (!(unexplained > 0)) return priced;
  const rest = { value: unexplained / US, text: `${micros(unexplained)} µs`, isRest: true };
  return [...priced, { ...rest, name: 'unexplained' }];
}

function rowOf({ label, colour }, cost) {
  return {
    label,
    cost,
    colour,
    eligible: true,
    text: cost.unexplainedShare === null ? '' : roundedPercent(cost.unexplainedShare),
    segments: segmentsOf(cost),
    mark: cost.measured / US,
    markText: `${micros(cost.measured)} µs measured, ${micros(cost.predicted)} µs predicted`,
  };
}

function notesOf(tables, workload, costs) {
  const labelOf = (name) => tables.contestant(name)?.label ?? String(name);
  const notes = costs.flatMap((cost) => {
    const label = labelOf(cost.contestant);
    const cell = tables.cell(cost.contestant, workload.name);
    const reason = cost.reason ?? (cell ? ineligibleReason(cell) : 'not run on this workload');
    const unpriced = cost.missing.map((name) => [label, `no price for ${name}: counted as zero`]);
    return cost.predicted === null || cost.measured === null ? [[label, reason]] : unpriced;
  });
  const absent = tables.contestants
    .filter(({ name }) => !costs.some(({ contestant }) => contestant === name))
    .map(({ label }) => [label, 'no prediction in run.json']);
  return noteLines([...notes, ...absent]);
}

function panelOf(tables, workload) {
  const costs = tables.costs.filter((cost) => cost.workload === workload.name);
  const rows = tables.contestants
    .flatMap((contestant) => {
      const cost = costs.find((entry) => entry.contestant === contestant.name);
      const isDrawn = cost && cost.predicted !== null && cost.measured !== null;
      return isDrawn ? [rowOf(contestant, cost)] : [];
    })
    .sort((a, b) => a.cost.measured - b.cost.measured);
  const panel = {
    workload,
    notes: notesOf(tables, workload, costs),
    data: {
      columns: COLUMNS,
      rows: costs.map((cost) => [
        tables.contestant(cost.contestant)?.label ?? String(cost.contestant),
        cost.predicted,
        cost.measured,
        cost.unexplained,
        cost.unexplainedShare,
        cost.missing.join(', '),
      ]),
    },
  };
  if (rows.length === 0) return panel;
  return { ...panel, spec: stackPanel(rows, 'server CPU per request (µs)') };
}

export const costModel = {
  id: 'cost_model',
  title: 'Predicted and measured CPU per request',
  better: null,
  caption:
    'The cost of the parts of a request, each measured separately on this machine, and the ' +
    `measured cost of the request (vertical tick). ${KIND_CAPTION}. The dashed outline is the ` +
    'unexplained rest; its share of the measured cost is on the right. It is negative if the ' +
    'parts cost less together than separately.',
  panels: (tables) =>
    tables.workloads
      .filter(({ name }) => tables.costs.some(({ workload }) => workload === name))
      .map((workload) => panelOf(tables, workload)),
};
