// The slices of a run as tables: start time and figure of each, and drift.

import { at, list, number, statistic } from './json.mjs';

const COLUMNS = ['contestant', 'restart', 'round', 'position'];

/// One row per slice, by start time. Slices without a complete position, or of a contestant that is
/// not in the run, are dropped.
function rowsOf(entry, contestants) {
  const column = (name) => list(at(entry, name)).map(number);
  const [starts, steals, figures] = ['start_ms', 'steal_ms', 'figure'].map(column);
  const positions = COLUMNS.map(column);
  return starts
    .map((start, index) => ({
      start,
      steal: steals[index] ?? null,
      figure: figures[index] ?? null,
      ...Object.fromEntries(COLUMNS.map((name, k) => [name, positions[k][index] ?? null])),
    }))
    .filter((row) => row.start !== null && COLUMNS.every((name) => row[name] !== null))
    .filter((row) => Object.hasOwn(contestants, row.contestant))
    .map((row) => ({ ...row, contestant: contestants[row.contestant] }));
}

/// Per workload {rows, metric, byPosition, byRound}. The last two are lists of statistics of the
/// ratio to the median of the same contestant; null where a position has none.
export function sliceTable(run, contestants) {
  const tables = list(run.slices).map((entry) => [
    at(entry, 'workload'),
    {
      metric: at(entry, 'metric'),
      rows: rowsOf(entry, contestants),
      byPosition: list(at(entry, 'drift.by_position')).map(statistic),
      byRound: list(at(entry, 'drift.by_round')).map(statistic),
    },
  ]);
  return new Map(tables);
}
