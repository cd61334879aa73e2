// The head of the page: contestants, date, duration, machine and program.

import { bytes, date, duration } from '../format.mjs';
import { number } from '../json.mjs';
import { clean, html } from '../text.mjs';

function machineOf(environment) {
  const memory = number(environment.memory_bytes);
  const cpus = number(environment.cpus);
  return [
    environment.cpu_model,
    cpus === null ? null : `${cpus} CPU${cpus === 1 ? '' : 's'}`,
    memory === null ? null : bytes(memory),
    environment.virtualization,
    environment.kernel,
  ]
    .filter((part) => typeof part === 'string' && part !== '')
    .map((part) => clean(part, 80));
}

function commitOf({ version, git_commit: commit, git_dirty: isDirty }) {
  return [
    typeof version === 'string' ? `sockbench ${version}` : 'sockbench',
    typeof commit === 'string' ? `commit ${commit.slice(0, 12)}` : 'commit unknown',
    isDirty === true ? 'with uncommitted changes' : null,
  ].filter(Boolean);
}

const counted = (list, noun) => `${list.length} ${noun}${list.length === 1 ? '' : 's'}`;

const fact = (name, text) => html`<div><dt>${name}</dt><dd>${text}</dd></div>
`;

export function head(run, tables) {
  const machine = machineOf(run.environment ?? {});
  const seconds = number(run.duration_s);
  const started = typeof run.started_at === 'string' ? date(run.started_at) : 'not recorded';
  return html`<header><h1>sockbench report</h1>
<p class="lead">${counted(tables.contestants, 'contestant')} on ${counted(
    tables.workloads,
    'workload',
  )}</p>
<dl class="meta">
${fact('Date', started)}${seconds !== null && fact('Duration', duration(seconds))}${fact(
    'Machine',
    machine.join(' · ') || 'not recorded',
  )}${fact('Program', commitOf(run.sockbench ?? {}).join(' · '))}</dl></header>`;
}
