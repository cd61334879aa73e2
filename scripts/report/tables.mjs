// Converts run.json to tables: one row per contestant, workload, cell, comparison, ranking.
//
// Nothing is computed here. A figure that is missing, or not a finite number, is null. Charts and
// tables omit nulls, or show "n/a" with the reason.

import { eligibilityOf } from './eligibility.mjs';
import { count } from './format.mjs';
import { at, interval, list, number, object, statistic, stringOr, strings } from './json.mjs';
import { styles } from './palette.mjs';
import { sliceTable } from './slices.mjs';
import { clean } from './text.mjs';

export {
  isEligible,
  reasonText,
  verdictText,
  absentReason,
  ineligibleReason,
} from './eligibility.mjs';

const LABEL_LIMIT = 22; // longer names take too much room in charts; tables show them in full

export const PERCENTILES = [
  { key: 'p50', label: 'p50' },
  { key: 'p90', label: 'p90' },
  { key: 'p99', label: 'p99' },
  { key: 'p99_9', label: 'p99.9' },
];

function percentiles(block) {
  if (block === null || typeof block !== 'object') return null;
  return Object.fromEntries(PERCENTILES.map(({ key }) => [key, number(block[key])]));
}

/// Replies per connection divided by an equal share, in ascending order.
function shares(block) {
  const medians = list(object(block).median).map(number);
  if (medians.length < 2 || medians.includes(null)) return null;
  const bound = (side) => medians.map((_, rank) => number(at(block, `ci95.${side}`)?.[rank]));
  const [low, high] = [bound('low'), bound('high')];
  return medians.map((median, rank) => ({ median, low: low[rank], high: high[rank] }));
}

/// {name: figure} as a list of {name, value}, without entries that have no figure.
function figuresByName(value) {
  return Object.entries(object(value))
    .map(([name, figure]) => ({ name: clean(name, 40), value: number(figure) }))
    .filter((entry) => entry.value !== null);
}

/// Short labels for charts, unique even if the first characters of the names are equal.
function uniqueLabels(names) {
  const seen = new Map();
  return names.map((name) => {
    const label = clean(name, LABEL_LIMIT) || '(no name)';
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return count === 1 ? label : `${label} (${count})`;
  });
}

function contestantTable(run) {
  const models = run.contestants.map(({ name, model }) => ({ name, model: stringOr(model, name) }));
  const style = styles(models);
  const labels = uniqueLabels(models.map(({ name }) => name));
  return run.contestants.map((contestant, index) => ({
    ...models[index],
    ...style[index],
    index,
    label: labels[index],
    command: contestant.command ?? null,
    options: contestant.options ?? null,
    describe: object(contestant.describe),
  }));
}

const MODES = { closed_loop: 'closed loop', open_loop: 'open loop', idle: 'idle' };

/// The conditions that every figure is shown with: "closed loop · 64 connections · 64 B".
function conditionOf(workload) {
  const connections = number(workload.connections);
  const active = number(workload.active);
  const bytes = number(workload.message_bytes);
  const offered = number(workload.offered_rps);
  const pipeline = number(workload.pipeline);
  const isPartlyActive = active !== null && active !== connections;
  return [
    MODES[workload.mode] ?? workload.mode,
    connections === null ? null : `${count(connections)} connection${connections === 1 ? '' : 's'}`,
    isPartlyActive && workload.mode !== 'idle' ? `${count(active)} active` : null,
    bytes === null || workload.mode === 'idle' ? null : `${bytes} B`,
    pipeline === null || pipeline <= 1 ? null : `pipeline ${pipeline}`,
    offered === null ? null : `${count(offered)}/s offered`,
  ]
    .filter(Boolean)
    .map((part) => clean(part, 40))
    .join(' · ');
}

/// The parameters of a workload, by which charts select sweeps.
function parametersOf(workload) {
  const options = object(workload.server_options);
  const isSteady = ['churn', 'burst', 'newcomers', 'hold_ns', 'slow_readers', 'slow_writers'].every(
    (key) => !workload[key],
  );
  return {
    family: stringOr(workload.family, null),
    sweep: stringOr(workload.sweep, null),
    connections: number(workload.connections),
    active: number(workload.active),
    bytes: number(workload.message_bytes),
    offered: number(workload.offered_rps),
    // Permanent connections, one request at a time each, and no handler.
    isPlain:
      isSteady &&
      !workload.think_ns &&
      !workload.memory_growth &&
      !(workload.pipeline > 1) &&
      Object.entries(options).every(([key, value]) => key === 'handler' && value === 'none'),
  };
}

function workloadTable(run) {
  return run.workloads.map((workload, index) => ({
    index,
    ...parametersOf(workload),
    name: workload.name,
    title: stringOr(workload.title, workload.name),
    description: stringOr(workload.description, ''),
    mode: workload.mode,
    condition: conditionOf(workload),
    reference: stringOr(workload.reference, stringOr(at(run, 'plan.reference'), null)),
    plan: object(at(run, 'plan.workloads')?.[workload.name]),
  }));
}

/// Models with options if the run also has the model without, such as "pooled --threads 8". They
/// are measured on a few workloads only.
const variantsOf = (contestants) =>
  contestants
    .filter(({ name, model }) => contestants.some((row) => row.name === model && model !== name))
    .map(({ name }) => name);

/// The workloads that charts draw: those with all contestants except variants, or all workloads if
/// there is none. The tables have every cell.
function chartedOf(workloads, contestants) {
  const variants = variantsOf(contestants);
  const complete = workloads.filter(({ plan }) =>
    list(plan.left_out).every((entry) => variants.includes(object(entry).contestant)),
  );
  return complete.length > 0 ? complete : workloads;
}

function cellRow(run, cell) {
  const validity = object(cell.validity);
  return {
    eligibility: eligibilityOf(run, cell),
    contestant: cell.contestant,
    workload: cell.workload,
    status: stringOr(validity.status, 'unknown'),
    reasons: strings(validity.reasons),
    limiter: stringOr(cell.limiter, null),
    rps: statistic(cell.achieved_rps),
    cpu: statistic(at(cell, 'server.cpu_ns_per_request')),
    utilisation: statistic(at(cell, 'server.cpu_utilisation')),
    wakeups: statistic(at(cell, 'server.wakeups_per_s')),
    user: number(at(cell, 'server.user_ns_per_request')),
    system: number(at(cell, 'server.system_ns_per_request')),
    memory: {
      user: number(at(cell, 'server.memory_bytes_per_connection.user')),
      kernel: number(at(cell, 'server.memory_bytes_per_connection.kernel')),
    },
    calls: number(at(cell, 'server.syscalls_per_request.total')),
    isTraced: at(cell, 'server.counted.source') === 'strace',
    callsByName: figuresByName(at(cell, 'server.syscalls_per_request.by_name')),
    callsPredicted: number(at(cell, 'server.syscalls_per_request_predicted.total')),
    switches: number(at(cell, 'server.context_switches_per_request.total')),
    response: percentiles(cell.response_time_ns),
    means: {
      send: number(at(cell, 'send_delay_ns.mean')),
      service: number(at(cell, 'service_time_ns.mean')),
      receive: number(at(cell, 'receive_delay_ns.mean')),
    },
    shares: shares(at(cell, 'fairness.reply_shares')),
    starved: number(at(cell, 'fairness.starved_connections')),
    absent: object(cell.absent),
  };
}

function comparisonRow(comparison) {
  const entry = object(comparison);
  return {
    workload: entry.workload,
    metric: stringOr(entry.metric, 'unknown'),
    base: entry.base,
    head: entry.head,
    ratio: number(entry.ratio),
    interval: interval(entry.ci95),
    perRestart: list(entry.per_restart).map(number),
    verdict: stringOr(entry.verdict, null),
    reason: stringOr(entry.reason, null),
    p: number(entry.p_value),
    pHolm: number(entry.p_holm),
    margin: number(entry.margin),
    detectable: number(entry.minimum_detectable_effect),
    restarts: number(entry.restarts),
  };
}

function rankingRow(ranking) {
  const entry = object(ranking);
  const ranked = list(entry.ranked).map(object);
  return {
    workload: entry.workload,
    metric: stringOr(entry.metric, 'unknown'),
    ranked: ranked.map(({ rank, contestant, ratio, reason }) => ({
      rank: number(rank),
      contestant,
      ratio: number(ratio),
      reason: stringOr(reason, null),
    })),
    unranked: list(entry.unranked).map(object),
  };
}

/// The highest offered rate at which a contestant keeps the p99 bound, or the reason why it is
/// unknown.
function kneeRow(knee) {
  const entry = object(knee);
  return {
    contestant: entry.contestant,
    sweep: entry.workload,
    bound: number(entry.bound_ns),
    offered: number(entry.offered_rps),
    reason: stringOr(entry.reason, null),
  };
}

/// The point of a sweep at which the better contestant of a pair changes.
function breakEvenRow(pair) {
  const entry = object(pair);
  return {
    a: entry.a,
    b: entry.b,
    sweep: stringOr(entry.sweep, null),
    over: stringOr(entry.over, 'unknown'),
    metric: stringOr(entry.metric, 'unknown'),
    outcome: stringOr(entry.outcome, 'unknown'),
    at: number(entry.at),
    interval: interval(entry.ci95),
    below: stringOr(entry.winner_below, null),
    above: stringOr(entry.winner_above, null),
    undecided: interval(entry.undecided),
    range: interval(entry.range),
    reason: stringOr(entry.reason, null),
    points: list(entry.points)
      .map(object)
      .map((point) => ({
        workload: point.workload,
        x: number(point.x),
        ratio: number(point.ratio),
        interval: interval(point.ci95),
        winner: stringOr(point.winner, null),
      })),
  };
}

/// The cost of a request as predicted from the prices of its calls, and as measured.
function costRow(cost) {
  const entry = object(cost);
  return {
    contestant: entry.contestant,
    workload: entry.workload,
    predicted: number(entry.predicted_ns),
    measured: number(entry.measured_ns),
    unexplained: number(entry.unexplained_ns),
    unexplainedShare: number(entry.unexplained_share),
    parts: Object.entries(object(entry.parts))
      .map(([name, part]) => ({ name: clean(name, 60), ns: number(object(part).ns) }))
      .filter(({ ns }) => ns !== null),
    missing: strings(entry.missing),
    reason: stringOr(entry.reason, null),
  };
}

/// The findings of the doctor, in the order of run.json: worst first.
function findingTable(run) {
  return list(at(run, 'environment.doctor'))
    .map(object)
    .map((finding) => ({
      item: stringOr(finding.item, 'unknown'),
      status: stringOr(finding.status, 'unknown'),
      found: stringOr(finding.found, ''),
      cost: stringOr(finding.cost, ''),
      advice: stringOr(finding.advice, null),
    }));
}

/// The largest figure that is not null, or null.
function largest(values) {
  const figures = values.map(number).filter((value) => value !== null);
  return figures.length > 0 ? Math.max(...figures) : null;
}

/// One row per CPU of the run: its activity, and the worse of its two jitter measurements.
function cpuTable(run) {
  const measurements = list(at(run, 'environment.jitter')).map(object);
  return list(at(run, 'environment.cpu_activity'))
    .map(object)
    .map((entry) => {
      const own = measurements.filter(({ cpu }) => cpu === entry.cpu);
      const worst = (path) => largest(own.map((measurement) => at(measurement, path)));
      return {
        cpu: number(entry.cpu),
        side: stringOr(entry.side, 'unknown'),
        busy: number(entry.busy_share),
        steal: number(entry.steal_share),
        interrupts: number(at(entry, 'interrupts_per_second.total')),
        softirqs: number(at(entry, 'softirqs_per_second.total')),
        lost: worst('lost_share'),
        floor: Object.fromEntries(PERCENTILES.map(({ key }) => [key, worst(`floor_ns.${key}`)])),
        // Null if there was no interruption.
        longest: worst('interruption_ns.max'),
      };
    });
}

/// The A/A control: a line of text, and a warning or null.
function controlRow(run) {
  const control = object(run.control);
  const text = stringOr(control.text, null);
  return text === null ? null : { text, warning: stringOr(control.warning, null) };
}

/// The run without the A/A control, which is not a model and not shown in charts and tables.
function withoutControl(run) {
  const name = stringOr(at(run, 'plan.control'), null);
  if (name === null) return run;
  return {
    ...run,
    contestants: run.contestants.filter((contestant) => contestant.name !== name),
    cells: run.cells.filter(({ contestant }) => contestant !== name),
  };
}

/// Rows of contestants by their index in run.json, which slices refer to.
function byIndex(run, contestants) {
  const entries = run.contestants.map(({ name }, index) => [
    index,
    contestants.find((row) => row.name === name),
  ]);
  return Object.fromEntries(entries.filter(([, row]) => row !== undefined));
}

export function tablesOf(completeRun) {
  const run = withoutControl(completeRun);
  const contestants = contestantTable(run);
  const workloads = workloadTable(run);
  const cells = run.cells.map((cell) => cellRow(run, cell));
  const key = (contestant, workload) => JSON.stringify([contestant, workload]);
  const cellIndex = new Map(cells.map((cell) => [key(cell.contestant, cell.workload), cell]));
  const contestantIndex = new Map(contestants.map((row) => [row.name, row]));
  return {
    contestants,
    workloads,
    charted: chartedOf(workloads, contestants),
    cells,
    comparisons: list(run.comparisons).map(comparisonRow),
    rankings: list(run.rankings).map(rankingRow),
    knees: list(run.knees).map(kneeRow),
    breakEven: list(run.break_even).map(breakEvenRow),
    costs: list(run.cost_model).map(costRow),
    findings: findingTable(run),
    cpus: cpuTable(run),
    margin: number(at(run, 'plan.margin')),
    slices: sliceTable(run, byIndex(completeRun, contestants)),
    control: controlRow(run),
    cell: (contestant, workload) => cellIndex.get(key(contestant, workload)) ?? null,
    contestant: (name) => contestantIndex.get(name) ?? null,
  };
}
