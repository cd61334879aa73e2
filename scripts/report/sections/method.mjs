// The method in short and the terms of the report.

import { html } from '../text.mjs';

const TERMS = [
  ['model', 'a method of socket I/O; one server program'],
  ['contestant', 'a model with options, or an external command, that a run measures'],
  ['workload', 'what the load generator does: connections, messages, pacing, churn'],
  ['cell', 'one contestant on one workload'],
  ['slice', 'a short window in which one contestant is measured and the others are paused'],
  ['round', 'one slice of every contestant, in a balanced order'],
  ['restart', 'fresh processes, warm-up, then rounds of slices; the unit of all statistics'],
  ['run', 'all restarts of all workloads, with the environment; one run.json'],
  ['closed loop', 'a connection sends the next request after the reply'],
  ['open loop', 'requests start on a schedule, whether or not replies arrive'],
  ['arrival schedule', 'the sequence of intended start times'],
  ['intended start', 'the time at which a request should be sent'],
  ['send delay', 'actual send − intended start'],
  ['service time', 'reply − actual send, as the client measures it'],
  ['response time', 'reply − intended start'],
  ['receive delay', 'time at which the generator reads a reply − its arrival in the kernel'],
  ['coordinated omission', 'slow replies suppress the samples that would show them'],
  ['offered, achieved rate', 'intended, completed requests per second'],
  ['saturation', 'achieved rate below a given share of the offered rate, or a growing backlog'],
  ['knee', 'the highest offered rate within the p99 bound and without starved connections'],
  ['limiter', 'what limited the rate: server, generator, or neither, if each waits for the other'],
  ['starved connection', 'a connection without a single reply in the measured window'],
  ['tie', 'the whole interval of a ratio is within the margin'],
  ['significant', 'a difference that remains after Holm’s correction, at 5 %'],
  ['not significant', 'the restarts could have shown a difference, but did not'],
  ['too few restarts', 'with so few restarts no result could have been significant'],
  ['A/A control', 'a second copy of the reference; it must not differ from the reference'],
];

const STATUSES = [
  ['valid', 'no problem detected'],
  [
    'generator_bound',
    'the load generator was at its limit: rates and times are not ranked, CPU per request is',
  ],
  ['saturated', 'the server did not keep up with the offered rate'],
  ['model_limit', 'the model cannot serve this workload by design'],
  ['unstable', 'the figure drifted or varied too much within the run'],
  ['failed', 'no figure: the contestant or the run failed'],
];

const definitions = (entries) =>
  html`<dl>${entries.map(
    ([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`,
  )}</dl>`;

export function method() {
  return html`<section id="method"><h2>Method and terms</h2>
<p>All contestants of a workload run at the same time; all except one are idle or stopped. They are
measured in turn, in short slices and balanced orders, so that drift of the machine affects all
equally. This is repeated with fresh processes: each repetition is a restart and counts as one
observation. The restarts of all workloads are interleaved over the whole run. Every comparison is a
paired ratio within restarts. Its 95 % interval is over restarts and includes the variance of such
ratios between runs at different times.</p>
<p>On loopback the CPU of the sender does the TCP work of the receiver: the CPU time of a server
includes the receive path of the client instead of its own. This is the same for all models.
Absolute figures hold for this machine only; ratios transfer better to others.</p>
<h3>Terms</h3>${definitions(TERMS)}
<h3>Validity of a cell</h3>${definitions(STATUSES)}</section>`;
}
