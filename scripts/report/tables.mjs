// run.json -> tidy tables: one row per contestant, workload, cell, comparison, ranking.
//
// Nothing is computed here. A figure that is absent, or not a finite number, becomes null, and
// every chart and table leaves nulls out or says "n/a" with the reason.

import { eligibilityOf } from './eligibility.mjs';
import { count } from './format.mjs';
import { at, interval, list, number, object, statistic, textOr, texts } from './json.mjs';
import { looks } from './palette.mjs';
import { sliceTable } from './slices.mjs';
import { clean } from './text.mjs';

export { isComparable, reasonWords, verdictWords, whyAbsent, whyNot } from './eligibility.mjs';

const LABEL_LIMIT = 22; // longer names would crowd out the plots; the tables show them in full

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

/// Replies per connection over an equal share, from the connection with fewest to that with most.
function shares(block) {
  const medians = list(object(block).median).map(number);
  if (medians.length < 2 || medians.includes(null)) return null;
  const bound = (side) => medians.map((_, rank) => number(at(block, `ci95.${side}`)?.[rank]));
  const [low, high] = [bound('low'), bound('high')];
  return medians.map((median, rank) => ({ median, low: low[rank], high: high[rank] }));
}

/// {name: figure} as a list of {name, value}, without the names that have none.
function figuresByName(value) {
  return Object.entries(object(value))
    .map(([name, figure]) => ({ name: clean(name, 40), value: number(figure) }))
    .filter((entry) => entry.value !== null);
}

/// Short labels for charts; still unique when the names agree in their first characters.
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
  const models = run.contestants.map(({ name, model }) => ({ name, model: textOr(model, name) }));
  const look = looks(models);
  const labels = uniqueLabels(models.map(({ name }) => name));
  return run.contestants.map((contestant, index) => ({
    ...models[index],
    ...look[index],
    index,
    label: labels[index],
    command: contestant.command ?? null,
    options: contestant.options ?? null,
    describe: object(contestant.describe),
  }));
}

const MODES = { closed_loop: 'closed loop', open_loop: 'open loop', idle: 'idle' };

/// "closed loop · 64 connections · 64 B": a figure never stands without its conditions.
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

/// What a workload asks of a server, as it stands in run.json: charts choose sweeps by these.
function demandOf(workload) {
  const options = object(workload.server_options);
  const isSteady = ['churn', 'burst', 'newcomers', 'hold_ns', 'slow_readers', 'slow_writers'].every(
    (key) => !workload[key],
  );
  return {
    family: textOr(workload.family, null),
    sweep: textOr(workload.sweep, null),
    connections: number(workload.connections),
    active: number(workload.active),
    bytes: number(workload.message_bytes),
    offered: number(workload.offered_rps),
    // Connections that stay, take turns one request at a time and cause no work of a handler.
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
    ...demandOf(workload),
    name: workload.name,
    title: textOr(workload.title, workload.name),
    description: textOr(workload.description, ''),
    mode: workload.mode,
    condition: conditionOf(workload),
    reference: textOr(workload.reference, textOr(at(run, 'plan.reference'), null)),
    plan: object(at(run, 'plan.workloads')?.[workload.name]),
  }));
}

/// A model with options beside the model itself, such as "pooled --threads 8": it is there for a few
/// workloads only.
const guestsOf = (contestants) =>
  contestants
    .filter(({ name, model }) => contestants.some((row) => row.name === model && model !== name))
    .map(({ name }) => name);

/// A panel where most contestants are missing says little: charts draw the workloads that all but the
/// guests take part in, or all workloads when there is none. The tables have every cell.
function chartedOf(workloads, contestants) {
  const guests = guestsOf(contestants);
  const whole = workloads.filter(({ plan }) =>
    list(plan.left_out).every((entry) => guests.includes(object(entry).contestant)),
  );
  return whole.length > 0 ? whole : workloads;
}

function cellRow(run, cell) {
  const validity = object(cell.validity);
  return {
    eligibility: eligibilityOf(run, cell),
    contestant: cell.contestant,
    workload: cell.workload,
    status: textOr(validity.status, 'unknown'),
    reasons: texts(validity.reasons),
    limiter: textOr(cell.limiter, null),
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
    metric: textOr(entry.metric, 'unknown'),
    base: entry.base,
    head: entry.head,
    ratio: number(entry.ratio),
    interval: interval(entry.ci95),
    perRestart: list(entry.per_restart).map(number),
    verdict: textOr(entry.verdict, null),
    reason: textOr(entry.reason, null),
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
    metric: textOr(entry.metric, 'unknown'),
    ranked: ranked.map(({ rank, contestant, ratio, reason }) => ({
      rank: number(rank),
      contestant,
      ratio: number(ratio),
      reason: textOr(reason, null),
    })),
    unranked: list(entry.unranked).map(object),
  };
}

/// Up to which offered rate a contestant keeps the bound of the p99, or why that is not known.
function kneeRow(knee) {
  const entry = object(knee);
  return {
    contestant: entry.contestant,
    sweep: entry.workload,
    bound: number(entry.bound_ns),
    offered: number(entry.offered_rps),
    reason: textOr(entry.reason, null),
  };
}

/// Where along a sweep one contestant of a pair takes over from the other.
function breakEvenRow(pair) {
  const entry = object(pair);
  return {
    a: entry.a,
    b: entry.b,
    sweep: textOr(entry.sweep, null),
    over: textOr(entry.over, 'unknown'),
    metric: textOr(entry.metric, 'unknown'),
    outcome: textOr(entry.outcome, 'unknown'),
    at: number(entry.at),
    interval: interval(entry.ci95),
    below: textOr(entry.winner_below, null),
    above: textOr(entry.winner_above, null),
    undecided: interval(entry.undecided),
    range: interval(entry.range),
    reason: textOr(entry.reason, null),
    points: list(entry.points)
      .map(object)
      .map((point) => ({
        workload: point.workload,
        x: number(point.x),
        ratio: number(point.ratio),
        interval: interval(point.ci95),
        winner: textOr(point.winner, null),
      })),
  };
}

/// What a request should cost by the price list of its calls, beside what was measured.
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
    missing: texts(entry.missing),
    reason: textOr(entry.reason, null),
  };
}

/// What the doctor found, worst first as in run.json.
function findingTable(run) {
  return list(at(run, 'environment.doctor'))
    .map(object)
    .map((finding) => ({
      item: textOr(finding.item, 'unknown'),
      status: textOr(finding.status, 'unknown'),
      found: textOr(finding.found, ''),
      cost: textOr(finding.cost, ''),
      advice: textOr(finding.advice, null),
    }));
}

/// The largest of the figures that are there, or null.
function largest(values) {
  const figures = values.map(number).filter((value) => value !== null);
  return figures.length > 0 ? Math.max(...figures) : null;
}

/// One row per CPU of the run: what it went through, and the worse of its two watches.
function cpuTable(run) {
  const watches = list(at(run, 'environment.jitter')).map(object);
  return list(at(run, 'environment.cpu_activity'))
    .map(object)
    .map((entry) => {
      const own = watches.filter(({ cpu }) => cpu === entry.cpu);
      const worst = (path) => largest(own.map((watch) => at(watch, path)));
      return {
        cpu: number(entry.cpu),
        side: textOr(entry.side, 'unknown'),
        busy: number(entry.busy_share),
        steal: number(entry.steal_share),
        interrupts: number(at(entry, 'interrupts_per_second.total')),
        softirqs: number(at(entry, 'softirqs_per_second.total')),
        lost: worst('lost_share'),
        floor: Object.fromEntries(PERCENTILES.map(({ key }) => [key, worst(`floor_ns.${key}`)])),
        // A watch without any interruption has no longest one.
        longest: worst('interruption_ns.max'),
      };
    });
}

/// The A/A control, the reference once more: a line of text, and a warning or null.
function controlRow(run) {
  const control = object(run.control);
  const text = textOr(control.text, null);
  return text === null ? null : { text, warning: textOr(control.warning, null) };
}

/// The run without the control, which is no model and has no place in charts and tables of models.
function withoutControl(run) {
  const name = textOr(at(run, 'plan.control'), null);
  if (name === null) return run;
  return {
    ...run,
    contestants: run.contestants.filter((contestant) => contestant.name !== name),
    cells: run.cells.filter(({ contestant }) => contestant !== name),
  };
}

/// Rows of contestants by their places in run.json, which slices refer to.
function byPlace(run, contestants) {
  const places = run.contestants.map(({ name }, place) => [
    place,
    contestants.find((row) => row.name === name),
  ]);
  return Object.fromEntries(places.filter(([, row]) => row !== undefined));
}

export function tablesOf(wholeRun) {
  const run = withoutControl(wholeRun);
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
    slices: sliceTable(run, byPlace(wholeRun, contestants)),
    control: controlRow(run),
    cell: (contestant, workload) => cellIndex.get(key(contestant, workload)) ?? null,
    contestant: (name) => contestantIndex.get(name) ?? null,
  };
}
