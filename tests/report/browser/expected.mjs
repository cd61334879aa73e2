// How many marks each chart has to have, counted from run.json by another hand than the charts'.

const at = (root, path) => path.split('.').reduce((value, key) => value?.[key], root);
const isFigure = (value) => Number.isFinite(value);
const count = (list, test) => list.filter(test).length;

/// Whether a cell's figure may be set against another's: what the run says, or, in one that says nothing,
/// its status (see "validity" in docs/reading.md).
const isSound = (cell, path) =>
  cell.eligibility?.[path]?.eligible ??
  (cell.validity.status === 'valid' ||
    (cell.validity.status === 'generator_bound' && path.startsWith('server.')));

/// The run without its A/A control, which is no model and in no chart.
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

/// The workloads in which everybody took part but models that stand there twice, once with options;
/// all workloads when there is none.
function charted({ contestants, workloads, plan }) {
  const isGuest = ({ contestant: name }) =>
    contestants.some((row) => row.name === name && contestants.some((own) => own.name === row.model && row.name !== row.model));
  const leftOut = ({ name }) => plan?.workloads?.[name]?.left_out ?? [];
  const whole = workloads.filter((workload) => leftOut(workload).every(isGuest));
  return whole.length > 0 ? whole : workloads;
}

const cellsOf = (run, isShown) => {
  const names = charted(run).filter(isShown).map(({ name }) => name);
  return run.cells.filter(({ workload }) => names.includes(workload));
};

const hasInterval = (value) => value?.ci95?.length === 2 && value.ci95.every(isFigure);

const RATIOS = 'ratio+open'; // undecided ones may have a layer of their own

/// Whether a ranking on this metric leaves the cell out.
const isUnranked = (run, cell, path) =>
  run.rankings
    .filter(({ workload, metric }) => workload === cell.workload && metric === path)
    .some(({ unranked }) => unranked.some(({ contestant }) => contestant === cell.contestant));

/// Ratios to the reference: one mark for each comparison of two sound cells.
function ratios(run, path, isShown) {
  const marks = { [RATIOS]: 0, interval: 0, reference: 0 };
  for (const workload of charted(run).filter(isShown)) {
    const reference = workload.reference ?? run.plan?.reference;
    const sound = run.cells
      .filter((cell) => cell.workload === workload.name && isSound(cell, path))
      .filter((cell) => !isUnranked(run, cell, path))
      .map(({ contestant }) => contestant);
    if (!sound.includes(reference)) continue;
    const drawn = run.comparisons.filter(
      ({ workload: name, metric, base, head, ratio }) =>
        name === workload.name &&
        metric === path &&
        base === reference &&
        sound.includes(head) &&
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
    median: count(cells, (cell) => isSound(cell, path)),
    hollow: count(cells, (cell) => !isSound(cell, path)),
    interval: count(cells, (cell) => hasInterval(at(cell, path))),
    restarts: restarts.reduce((sum, own) => sum + own, 0),
  };
}

function percentileMarks(run) {
  const marks = { point: 0, hollow: 0 };
  for (const cell of cellsOf(run, isBusy)) {
    const times = cell.response_time_ns ?? {};
    const points = count(['p50', 'p90', 'p99', 'p99_9'], (key) => times[key] > 0);
    marks[isSound(cell, 'response_time_ns') ? 'point' : 'hollow'] += points;
  }
  return marks;
}

/// CPU and wake-ups, a panel each.
function idleMarks(run) {
  const figures = cellsOf(run, isIdle).flatMap((cell) =>
    ['server.cpu_utilisation', 'server.wakeups_per_s'].map((path) => at(cell, path)),
  );
  const drawn = figures.filter((figure) => isFigure(figure?.median));
  return { bar: drawn.length, interval: count(drawn, hasInterval) };
}

/// One part for every mean that an open loop has.
function decompositionMarks(run) {
  const open = run.workloads.filter(({ mode }) => mode === 'open_loop').map(({ name }) => name);
  const cells = run.cells.filter(
    (cell) => open.includes(cell.workload) && isFigure(cell.service_time_ns?.mean),
  );
  const blocks = ['send_delay_ns', 'service_time_ns', 'receive_delay_ns'];
  const parts = cells.map((cell) => count(blocks, (block) => isFigure(cell[block]?.mean)));
  return { part: parts.reduce((sum, own) => sum + own, 0) };
}

/// A curve for every cell of a closed loop with shares, where there is somebody to share with.
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

/// The charts that name everybody in each of their panels, drawn or in a note.
export const NAMES_ALL = [
  'throughput_ratio',
  'cpu_ratio',
  'cpu_per_request',
  'percentiles',
  'idle_cpu',
];

/// Chart -> layer of it, or layers that share the marks ("a+b") -> how many marks there are.
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
  limiter: { cell: 2 * run.cells.length }, // once by who set the pace, once by validity
  timeline: stripMarks(run),
});
