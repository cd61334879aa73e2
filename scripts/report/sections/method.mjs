// The method in short and the words of the report.

import { html } from '../text.mjs';

const WORDS = [
  ['model', 'one way of doing socket I/O; one server program'],
  ['contestant', 'a model with options, or an external command, that takes part in a run'],
  ['workload', 'what the load generator does: connections, message, pacing, churn'],
  ['cell', 'one contestant on one workload'],
  ['slice', 'a short window in which one contestant runs and is measured, the others are paused'],
  ['round', 'one slice of every contestant, in a balanced order'],
  ['restart', 'fresh processes, warm-up, then rounds of slices: the unit of all statistics'],
  ['run', 'all restarts of all workloads, with the environment: one run.json'],
  ['closed loop', 'the next request of a connection waits for the reply'],
  ['open loop', 'requests start on a schedule, whether or not replies come'],
  ['arrival schedule', 'the sequence of intended start times'],
  ['intended start', 'when a request should be sent'],
  ['send delay', 'actual send − intended start'],
  ['service time', 'reply − actual send, as the client sees it'],
  ['response time', 'reply − intended start'],
  ['receive delay', 'reply read by the generator − its arrival in the kernel'],
  ['coordinated omission', 'slow replies suppress the samples that would show them'],
  ['offered, achieved rate', 'asked, completed requests per second'],
  ['saturation', 'achieved below a stated share of offered, or the backlog grows'],
  ['knee', 'the highest offered rate that keeps the p99 bound with nothing starved'],
  [
    'limiter',
    'what held the rate back: server, generator, or neither, when the two wait for each other',
  ],
  ['starved', 'connections without a single reply in the measured window'],
  ['tie', 'the whole interval of a ratio lies inside the margin: a finding'],
  ['significant', 'a difference that is decided after Holm’s correction, at 5 %'],
  ['not significant', 'the restarts could have shown a difference, and did not: no finding'],
  ['too few restarts', 'so few that no figures could have decided it'],
  ['A/A control', 'the reference once more: it must not differ from itself'],
];

const STATUSES = [
  ['valid', 'every check passed'],
  [
    'generator_bound',
    'the load generator was at its limit: rates and times are not ranked, CPU per request is',
  ],
  ['saturated', 'the server did not keep up with the offered rate'],
  ['model_limit', 'the model cannot serve this workload by its nature'],
  ['unstable', 'the figure drifted or scattered within the run'],
  ['failed', 'no figure: the contestant or the run broke'],
];

const definitions = (entries) =>
  html`<dl>${entries.map(
    ([word, meaning]) => html`<div><dt>${word}</dt><dd>${meaning}</dd></div>`,
  )}</dl>`;

export function method() {
  return html`<section id="method"><h2>Method and words</h2>
<p>All contestants of a workload are alive at once and all but one are silent or stopped. They take
turns in short slices, in balanced orders, so that drift of the machine affects all equally. The
whole is repeated with fresh processes, one restart of every workload after the other over the whole
run; each such restart counts as one observation. Every comparison is a paired ratio within restarts.
Its 95 % interval is over restarts and contains, as a second part, by how much such ratios differ
between runs in other hours.</p>
<p>On loopback the sender's CPU does the receiver's TCP work, so a server's CPU includes the
client's receive path and lacks its own; that is the same for all models. Absolute figures belong to
this machine; the ratios travel better.</p>
<h3>Words</h3>${definitions(WORDS)}
<h3>Validity of a cell</h3>${definitions(STATUSES)}</section>`;
}
