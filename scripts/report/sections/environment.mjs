// Contestants, workloads, machine and plan: all scalars in run.json, under their names.

import { list, object } from '../json.mjs';
import { html } from '../text.mjs';
import { badge, table, workloadTitle } from './parts.mjs';

const isObject = (value) => value !== null && typeof value === 'object';

/// Nested values as [dotted path, text]. A list of scalars is one text; nulls are omitted.
export function flatten(value, path = '') {
  if (value === null || value === undefined) return [];
  if (!isObject(value)) return [[path, String(value)]];
  if (Array.isArray(value) && !value.some(isObject)) {
    return value.length > 0 ? [[path, value.join(', ')]] : [];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  );
}

function facts(title, value, skipped = []) {
  const own = isObject(value) ? value : {};
  const rest = Object.fromEntries(Object.entries(own).filter(([key]) => !skipped.includes(key)));
  const rows = flatten(rest);
  if (rows.length === 0) return null;
  return html`<h3>${title}</h3>
<dl class="facts">${rows.map(
    ([key, text]) => html`<div><dt>${key}</dt><dd>${text}</dd></div>`,
  )}</dl>`;
}

const asText = (value) => {
  if (value === null || value === undefined) return '–';
  const pairs = flatten(value).map(([key, text]) => (key === '' ? text : `${key} ${text}`));
  return Array.isArray(value) ? value.join(' ') : pairs.join(', ') || '–';
};

function contestants(tables) {
  const rows = tables.contestants.map((contestant) => [
    badge(tables, contestant.name),
    contestant.model,
    contestant.describe.summary ?? contestant.describe.title ?? '–',
    asText(contestant.options),
    html`<code>${asText(contestant.command)}</code>`,
  ]);
  return table({
    label: 'Contestants',
    groups: [{ rows }],
    columns: [
      { text: 'Contestant' },
      { text: 'Model' },
      { text: 'Description' },
      { text: 'Options' },
      { text: 'Command' },
    ],
  });
}

function workloads(tables) {
  const rows = tables.workloads.map(({ title, condition, description }) => [
    title,
    condition,
    description || '–',
  ]);
  return table({
    label: 'Workloads',
    groups: [{ rows }],
    columns: [{ text: 'Workload' }, { text: 'Condition' }, { text: 'Description' }],
  });
}

/// The contestants that were stopped while others were measured, by workload.
function paused(run, tables) {
  const byWorkload = new Map();
  for (const entry of list(object(run.plan).paused_between_slices).map(object)) {
    byWorkload.set(entry.workload, [...(byWorkload.get(entry.workload) ?? []), entry.contestant]);
  }
  if (byWorkload.size === 0) return null;
  const rows = [...byWorkload].map(([workload, names]) => [
    workloadTitle(tables, workload),
    names.map((name) => html`${badge(tables, name)} `),
  ]);
  return html`<details><summary>Paused between slices in ${rows.length} workloads</summary>
${table({
  label: 'Paused between slices',
  groups: [{ rows }],
  columns: [{ text: 'Workload' }, { text: 'Contestants that use CPU time without load' }],
})}</details>`;
}

export function environment(run, tables) {
  return html`<section id="environment"><h2>Environment</h2>
<h3>Contestants</h3>
${contestants(tables)}
<h3>Workloads</h3>
${workloads(tables)}
${facts('Machine', run.environment, ['warnings', 'doctor', 'jitter', 'cpu_activity'])}
${facts('Program', run.sockbench)}
${facts('Plan', run.plan, ['workloads', 'paused_between_slices'])}
${paused(run, tables)}</section>`;
}
