// The expected number of marks in each chart, computed from run.json independently of the charts.

const at = (root, path) => path.split('.').reduce((value, key) => value?.[key], root);
const isFigure = (value) => Number.isFinite(value);
const count = (list, test) => list.filter(test).length;

/// Whether a cell's figure may be compared: its eligibility in the run, or else its status (see
/// "validity" in docs/reading.md).
const isEligible = (cell, path) =>
  cell.eligibility?.[path]?.eligible ??
  (cell.validity.status === 'valid' ||
    (cell.validity.status === 'generator_bound' && path.startsWith('server.')));

/// The run without its A/A control, which is not a model and in no chart.
export function ofModels(run) {
  const control = run.plan?.control;
  if (!control) return run;
  return {
    ...run,
    contestants: run.contestants.filter(({ name }) => name !== control),
    cells: run.cells.filter(({ contestant }) => contestant !== control),
    comparisons: run.comparisons.filter(({ head }) => head !== control),
  };
}

/// The workloads with all contestants except models with options that the run also has without; all
/// workloads if there is none.
function charted({ contestants, workloads, plan }) {
  const isVariant = ({ contestant: name }) =>
    contestants.some(
      (row) =>
        row.name === name &&
        row.name !== row.model &&
        contestants.some((other) => other.name === row.model),
    );
  const leftOut = ({ name }) => plan?.workloads?.[name]?.left_out ?? [];
  const complete = workloads.filter((workload) => leftOut(workload).every(isVariant));
  return complete.length > 0 ? complete : workloads;
}

const cellsOf = (run, isShown) => {
  const names = charted(run)
    .filter(isShown)
    .map(({ name }) => name);
  return run.cells.filter(({ workload }) => names.includes(workload));
};

const hasInterval = (value) => value?.ci95?.length === 2 && value.ci95.every(isFigure);

const RATIOS = 'ratio+open'; // undecided ratios may have a separate layer

/// Whether a ranking by this metric excludes the cell.
const isUnranked = (run, cell, path) =>
  run.rankings
    .filter(({ workload, metric }) => workload === cell.workload && metric === path)
    .some(({ unranked }) => unranked.some(({ contestant }) => contestant === cell.contestant));

/// Ratios to the reference: one mark for each comparison of two eligible cells.
function ratios(run, path, isShown) {
  const marks = { [RATIOS]: 0, interval: 0, reference: 0 };
  for (const workload of charted(run).filter(isShown)) {
    const reference = workload.reference ?? run.plan?.reference;
    const eligible = run.cells
      .filter((cell) => cell.workload === workload.name && isEligible(cell, path))
      .filter((cell) => !isUnranked(run, cell, path))
      .map(({ contestant }) => contestant);
    if (!eligible.includes(reference)) continue;
    const drawn = run.comparisons.filter(
      ({ workload: name, metric, base, head, ratio }) =>
        name === workload.name &&
        metric === path &&
        base === reference &&
        eligible.includes(head) &&
        ratio > 0,
    );
    marks[RATIOS] += drawn.length;
    marks.interval += count(drawn, (entry) => hasInterval(entry) && entry.ci95[0] > 0);
    marks.reference += drawn.length > 0 ? 1 : 0;
  }
  return marks;
}

const isBusy = ({ mode }) => mode !== 'idle';
const isIdle = ({ mode }) => mode === 'idle';
const isClosed = ({ mode }) => mode === 'closed_loop';

function cpuMarks(run) {
  const path = 'server.cpu_ns_per_request';
  const cells = cellsOf(run, isBusy).filter((cell) => isFigure(at(cell, path)?.median));
  const restarts = cells.map((cell) => count(at(cell, path).per_restart ?? [], isFigure));
  return {
    median: count(cells, (cell) => isEligible(cell, path)),
    hollow: count(cells, (cell) => !isEligible(cell, path)),
    interval: count(cells, (cell) => hasInterval(at(cell, path))),
    restarts: restarts.reduce((sum, own) => sum + own, 0),
  };
}

function percentileMarks(run) {
  const marks = { point: 0, hollow: 0 };
  for (const cell of cellsOf(run, isBusy)) {
    const times = cell.response_time_ns ?? {};
    const points = count(['p50', 'p90', 'p99', 'p99_9'], (key) => times[key] > 0);
    marks[isEligible(cell, 'response_time_ns') ? 'point' : 'hollow'] += points;
  }
  return marks;
}

/// CPU use and wake-ups, one panel each.
function idleMarks(run) {
  const figures = cellsOf(run, isIdle).flatMap((cell) =>
    ['server.cpu_utilisation', 'server.wakeups_per_s'].map((path) => at(cell, path)),
  );
  const drawn = figures.filter((figure) => isFigure(figure?.median));
  return { bar: drawn.length, interval: count(drawn, hasInterval) };
}

/// One part for every mean of an open loop.
function decompositionMarks(run) {
  const open = run.workloads.filter(({ mode }) => mode === 'open_loop').map(({ name }) => name);
  const cells = run.cells.filter(
    (cell) => open.includes(cell.workload) && isFigure(cell.service_time_ns?.mean),
  );
  const blocks = ['send_delay_ns', 'service_time_ns', 'receive_delay_ns'];
  const parts = cells.map((cell) => count(blocks, (block) => isFigure(cell[block]?.mean)));
  return { part: parts.reduce((sum, own) => sum + own, 0) };
}

/// One curve for every cell of a closed loop with reply shares and several active connections.
const fairnessMarks = (run) => ({
  curve: count(
    cellsOf(run, ({ mode, active }) => mode === 'closed_loop' && active !== 1),
    (cell) => (cell.fairness?.reply_shares?.median ?? []).length > 0,
  ),
});

const costMarks = (run) => ({
  mark: count(
    run.cost_model ?? [],
    (cost) => isFigure(cost.predicted_ns) && isFigure(cost.measured_ns),
  ),
});

const stripMarks = (run) => ({
  span: count(run.slices ?? [], ({ start_ms: starts }) => starts.length > 0),
});

/// The charts that name all contestants in each panel, as a mark or in a note.
export const NAMES_ALL = [
  'throughput_ratio',
  'cpu_ratio',
  'cpu_per_request',
  'percentiles',
  'idle_cpu',
];

/// Chart -> layer, or layers that share the marks ("a+b") -> number of marks.
export const expectedMarks = (run) => marksOf(ofModels(run));

const marksOf = (run) => ({
  throughput_ratio: ratios(run, 'achieved_rps', isClosed),
  cpu_ratio: ratios(run, 'server.cpu_ns_per_request', isBusy),
  cpu_per_request: cpuMarks(run),
  percentiles: percentileMarks(run),
  idle_cpu: idleMarks(run),
  latency_decomposition: decompositionMarks(run),
  fairness: fairnessMarks(run),
  cost_model: costMarks(run),
  limiter: { cell: 2 * run.cells.length }, // limiter and validity
  timeline: stripMarks(run),
});
