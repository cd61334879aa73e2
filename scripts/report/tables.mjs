// run.json -> tidy tables: one row per contestant, workload, cell, comparison, ranking.
//
// Nothing is computed here. A figure that is absent, or not a finite number, becomes null, and
// every chart and table leaves nulls out or says "n/a" with the reason.

import { count } from './format.mjs';
import { metricOf } from './metrics.mjs';
import { looks } from './palette.mjs';
import { clean } from './text.mjs';

const LABEL_LIMIT = 22; // longer names would crowd out the plots; the tables show them in full

export const PERCENTILES = [
  { key: 'p50', label: 'p50' },
  { key: 'p90', label: 'p90' },
  { key: 'p99', label: 'p99' },
  { key: 'p99_9', label: 'p99.9' },
];

export const number = (value) => (Number.isFinite(value) ? value : null);
export const list = (value) => (Array.isArray(value) ? value : []);
/// The texts in a list; anything else in it is not for readers.
export const texts = (value) => list(value).filter((entry) => typeof entry === 'string');
export const object = (value) => (value !== null && typeof value === 'object' ? value : {});
export const textOr = (value, fallback) =>
  typeof value === 'string' && value !== '' ? value : fallback;

/// The value at a dotted path such as "server.cpu_ns_per_request", or undefined.
const at = (root, path) => path.split('.').reduce((value, key) => object(value)[key], root);

export function interval(ci95) {
  const [low, high] = list(ci95).map(number);
  return low === null || high === null || low === undefined || high === undefined
    ? null
    : { low, high };
}

/// {median, ci95, per_restart} with the gaps taken out; null when there is no median.
function statistic(value) {
  const median = number(object(value).median);
  if (median === null) return null;
  const restarts = list(value.per_restart)
    .map(number)
    .filter((restart) => restart !== null);
  return { median, interval: interval(value.ci95), restarts };
}

function percentiles(block) {
  if (block === null || typeof block !== 'object') return null;
  return Object.fromEntries(PERCENTILES.map(({ key }) => [key, number(block[key])]));
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

function workloadTable(run) {
  return run.workloads.map((workload, index) => ({
    index,
    name: workload.name,
    title: textOr(workload.title, workload.name),
    description: textOr(workload.description, ''),
    mode: workload.mode,
    condition: conditionOf(workload),
    reference: textOr(workload.reference, textOr(at(run, 'plan.reference'), null)),
    plan: object(at(run, 'plan.workloads')?.[workload.name]),
  }));
}

/// A panel where most contestants are missing says little: charts draw the workloads that all take
/// part in, or all workloads when there is none. The tables have every cell.
function chartedOf(workloads) {
  const whole = workloads.filter(({ plan }) => Object.keys(object(plan.left_out)).length === 0);
  return whole.length > 0 ? whole : workloads;
}

function cellRow(cell) {
  const validity = object(cell.validity);
  return {
    contestant: cell.contestant,
    workload: cell.workload,
    status: textOr(validity.status, 'unknown'),
    reasons: texts(validity.reasons),
    limiter: textOr(cell.limiter, null),
    rps: statistic(cell.achieved_rps),
    cpu: statistic(at(cell, 'server.cpu_ns_per_request')),
    utilisation: statistic(at(cell, 'server.cpu_utilisation')),
    calls: number(at(cell, 'server.syscalls_per_request.total')),
    switches: number(at(cell, 'server.context_switches_per_request.total')),
    response: percentiles(cell.response_time_ns),
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
    verdict: textOr(entry.verdict, null),
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
    ranked: ranked.map(({ rank, contestant, ratio }) => ({
      rank: number(rank),
      contestant,
      ratio: number(ratio),
    })),
    unranked: list(entry.unranked).map(object),
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

/// Whether a cell's figure may be compared with others'. A generator at its limit spoils what the
/// client sees (rate, times), not what a request costs the server.
export function isComparable(cell, metric) {
  if (cell.status === 'valid') return true;
  return cell.status === 'generator_bound' && metricOf(metric).isOfServer;
}

export const whyNot = (cell) => [cell.status, cell.reasons.join('; ')].filter(Boolean).join(' — ');

/// The reason run.json gives for a null figure: its own, or that of the block it stands in.
export function whyAbsent(cell, path) {
  for (let key = path; key !== ''; key = key.slice(0, Math.max(0, key.lastIndexOf('.')))) {
    if (typeof cell.absent[key] === 'string') return cell.absent[key];
  }
  return cell.status === 'valid' ? 'not measured' : whyNot(cell);
}

export function tablesOf(run) {
  const contestants = contestantTable(run);
  const workloads = workloadTable(run);
  const cells = run.cells.map(cellRow);
  const key = (contestant, workload) => JSON.stringify([contestant, workload]);
  const cellIndex = new Map(cells.map((cell) => [key(cell.contestant, cell.workload), cell]));
  const contestantIndex = new Map(contestants.map((row) => [row.name, row]));
  return {
    contestants,
    workloads,
    charted: chartedOf(workloads),
    cells,
    comparisons: list(run.comparisons).map(comparisonRow),
    rankings: list(run.rankings).map(rankingRow),
    findings: findingTable(run),
    cpus: cpuTable(run),
    margin: number(at(run, 'plan.margin')),
    cell: (contestant, workload) => cellIndex.get(key(contestant, workload)) ?? null,
    contestant: (name) => contestantIndex.get(name) ?? null,
  };
}
