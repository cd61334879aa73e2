// Pure functions. Needs no installed package.

import assert from 'node:assert/strict';
import test from 'node:test';

import { noteLines } from '../../scripts/report/charts/notes.mjs';
import { floorsOf, spread } from '../../scripts/report/charts/percentiles.mjs';
import { logTicks, ratioTicks } from '../../scripts/report/charts/ticks.mjs';
import * as format from '../../scripts/report/format.mjs';
import { metricOf } from '../../scripts/report/metrics.mjs';
import { COLOURS, DASHES, MARKERS, styles } from '../../scripts/report/palette.mjs';
import { mergedReason, unrankedLines } from '../../scripts/report/sections/rankings.mjs';
import { flatten } from '../../scripts/report/sections/environment.mjs';
import { wrap } from '../../scripts/report/sheet.mjs';
import {
  isEligible,
  tablesOf,
  verdictText,
  absentReason,
  ineligibleReason,
} from '../../scripts/report/tables.mjs';
import { clean, html, raw } from '../../scripts/report/text.mjs';
import { INK } from '../../scripts/report/theme.mjs';
import { gaps } from './fixtures/gaps.mjs';
import { sevenModels } from './fixtures/seven_models.mjs';
import { fixtureRun } from './helpers.mjs';

const TABLE = [
  [format.figure, 0, '0'],
  [format.figure, null, 'n/a'],
  [format.figure, 0.012345, '0.0123'],
  [format.figure, 9.996, '10.0'],
  [format.figure, 99.96, '100'],
  [format.figure, 1234567.8, '1,234,568'],
  [format.figure, -1.234, '−1.23'],
  [format.figure, 0.999999, '1.00'],
  [format.count, 20000, '20,000'],
  [format.count, 12345.6789, '12,345.6789'],
  [format.time, 0, '0 ns'],
  [format.time, 850, '850 ns'],
  [format.time, 4920, '4.92 µs'],
  [format.time, 1.2e6, '1.20 ms'],
  [format.time, 3e9, '3.00 s'],
  [format.time, null, 'n/a'],
  [format.ratio, 0.9754, '0.975×'],
  [format.ratio, 0.0123, '0.0123×'],
  [format.ratio, 28.01, '28.0×'],
  [format.percent, 0.0001, '0.0100 %'],
  [format.shortPercent, 0.0001, '0.01 %'],
  [format.shortPercent, 1, '100 %'],
  [format.shortPercent, 0.02, '2 %'],
  [format.shortPercent, 0, '0 %'],
  [format.probability, 0.00001, '< 0.0001'],
  [format.probability, 0.000488, '0.0005'],
  [format.probability, 0.25, '0.250'],
  [format.bytes, 25769803776, '24.0 GiB'],
  [format.bytes, 12, '12.0 B'],
  [format.duration, 59, '59.0 s'],
  [format.duration, 1043.7, '17 min 24 s'],
  [format.duration, 7260, '2 h 1 min'],
  [format.date, '2026-01-15T09:30:00.123Z', '2026-01-15 09:30 UTC'],
  [format.date, '2026-01-15T09:30:00+02:00', '2026-01-15 09:30 +02:00'],
  [format.date, '2026-01-15T09:30:00', '2026-01-15 09:30'],
  [format.date, 'yesterday', 'yesterday'],
];
test('figures as text', () => {
  for (const [call, value, text] of TABLE)
    assert.equal(call(value), text, `${call.name}(${value})`);
});

test('text is cleaned, truncated and escaped', () => {
  assert.equal(clean('a\u0000b\u202ec\nd'), 'a b c d');
  assert.equal(clean('\ud800x'), 'x');
  assert.equal(clean('😀'.repeat(300)), `${'😀'.repeat(199)}…`);
  assert.equal(
    `${html`<b title="${'"\'<&>'}">${raw('<i>')}${null}${false}${0}${['a', '<']}</b>`}`,
    '<b title="&quot;&#39;&lt;&amp;&gt;"><i>0a&lt;</b>',
  );
});

test('ticks are few, within the axis, and include 1 for ratios', () => {
  for (const [low, high] of [
    [0.97, 1.03],
    [0.9, 1.4],
    [0.5, 1.9],
    [0.03, 1.1],
    [0.9, 31],
    [1e-4, 2e4],
  ]) {
    const ticks = ratioTicks(low, high);
    assert.ok(
      ticks.includes(1) && ticks.length >= 2 && ticks.length <= 5,
      `${low} ${high}: ${ticks}`,
    );
    assert.ok(ticks.every((tick) => tick >= low && tick <= high));
  }
  assert.deepEqual(logTicks(64, 150), [80, 100, 120, 140]);
  assert.deepEqual(logTicks(20, 2000, 7), [20, 50, 100, 200, 500, 1000, 2000]);
  assert.ok(logTicks(1, 1e12).length <= 6);
});

test('names of lines have a minimum distance and are inside the plot', () => {
  for (const positions of [[100, 100, 100], [0, 1, 2], [199, 200, 198], [50], []]) {
    const placed = spread(positions, 200).sort((a, b) => a - b);
    placed.forEach((y, index) => {
      assert.ok(y >= 6.5 && y <= 193.5);
      if (index > 0) assert.ok(y - placed[index - 1] >= 13);
    });
  }
});

test('a style is unique in a run, and constant for a model', () => {
  const many = Array.from({ length: 40 }, (_, i) => ({ name: `own-${i}`, model: `own-${i}` }));
  const all = [{ name: 'epoll', model: 'epoll' }, { name: 'epoll#2', model: 'epoll' }, ...many];
  const different = (style) => new Set(styles(all).map(style)).size;
  assert.equal(
    different(({ colour, marker }) => colour + marker),
    all.length,
  );
  assert.equal(
    different(({ marker, dash }) => marker + dash),
    all.length,
    'also without colour',
  );
  assert.deepEqual(
    styles([
      { name: 'x', model: 'x' },
      { name: 'epoll', model: 'epoll' },
    ])[1],
    styles(all)[0],
  );
  assert.equal(new Set(MARKERS).size, MARKERS.length);
  assert.equal(new Set(DASHES.map(String)).size, DASHES.length);
});

/// Contrast of two colours as WCAG 2 defines it.
function contrast(one, other) {
  const luminance = (hex) =>
    [1, 3, 5]
      .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}
test('contrast against the background is 3:1 for marks and 4.5:1 for text, light and dark', () => {
  for (const shade of ['light', 'dark']) {
    for (const colour of COLOURS)
      assert.ok(contrast(colour[shade], INK.paper[shade]) >= 3, colour[shade]);
    for (const ink of [INK.text, INK.muted]) {
      assert.ok(contrast(ink[shade], INK.paper[shade]) >= 4.5, ink[shade]);
    }
  }
});

test('eligibility by status', () => {
  const cell = (status) => ({ status, reasons: ['reason'], eligibility: {} });
  assert.ok(isEligible(cell('valid'), 'achieved_rps'));
  assert.ok(isEligible(cell('generator_bound'), 'server.cpu_ns_per_request'));
  assert.ok(!isEligible(cell('generator_bound'), 'achieved_rps'));
  assert.ok(!isEligible(cell('generator_bound'), 'response_time_ns.p99'));
  for (const status of ['saturated', 'model_limit', 'unstable', 'failed', 'unknown']) {
    assert.ok(!isEligible(cell(status), 'server.cpu_ns_per_request'), status);
  }
});

test('eligibility in run.json has precedence over the status', () => {
  const cell = {
    status: 'valid',
    reasons: [],
    eligibility: {
      achieved_rps: { eligible: false, reason: 'the machine was disturbed in 3 of 8 slices' },
      'response_time_ns.p99': { eligible: true },
    },
  };
  assert.ok(!isEligible(cell, 'achieved_rps'));
  assert.equal(
    ineligibleReason(cell, 'achieved_rps'),
    'the machine was disturbed in 3 of 8 slices',
  );
  const unstable = { ...cell, status: 'unstable', reasons: ['drift'] };
  assert.ok(isEligible(unstable, 'response_time_ns.p99'), 'despite the status');
  assert.equal(ineligibleReason(unstable, 'burst_ns'), 'unstable — drift');
});

test('in a run of an earlier version eligibility is derived from the rankings', () => {
  const run = fixtureRun('seven_models');
  const [{ workload, contestant }] = run.cells;
  assert.equal(run.cells[0].eligibility, undefined);
  const reason = 'the server was not the limit (limiter: neither)';
  const metric = 'achieved_rps';
  run.rankings = [{ workload, metric, ranked: [], unranked: [{ contestant, reason }] }];
  const tables = tablesOf(run);
  const cell = tables.cell(contestant, workload);
  assert.ok(!isEligible(cell, metric));
  assert.equal(ineligibleReason(cell, metric), reason);
  assert.ok(isEligible(cell, 'server.cpu_ns_per_request'), 'no ranking: by the status');
  const other = tables.cells.find((row) => row.workload === workload && row !== cell);
  assert.ok(isEligible(other, metric));
});

test('the control is not a contestant; indices of the others do not change', () => {
  const run = fixtureRun('seven_models');
  const plain = tablesOf(run);
  const control = { ...run.contestants[0], name: 'epoll#2' };
  run.contestants.splice(1, 0, control); // `sockbench run` puts it at the end
  run.cells.push({ ...run.cells[0], contestant: 'epoll#2' });
  run.plan.control = 'epoll#2';
  run.control = { text: 'A/A control: epoll against itself', warning: 'do not trust this run' };
  run.slices = [
    {
      workload: run.workloads[0].name,
      metric: 'server.cpu_ns_per_request',
      contestant: [0, 1, 2],
      restart: [0, 0, 0],
      round: [0, 0, 0],
      position: [0, 1, 2],
      start_ms: [0, 1, 2],
      steal_ms: [0, 0, 0],
      figure: [1, 2, 3],
    },
  ];
  const tables = tablesOf(run);
  assert.deepEqual(tables.contestants, plain.contestants);
  assert.equal(tables.cells.length, plain.cells.length);
  assert.deepEqual(tables.control, {
    text: 'A/A control: epoll against itself',
    warning: 'do not trust this run',
  });
  const { rows } = tables.slices.get(run.workloads[0].name);
  const names = rows.map(({ contestant }) => contestant.name);
  assert.deepEqual(names, [run.contestants[0].name, run.contestants[2].name]);
  assert.equal(plain.control, null);
});

test('verdicts as text', () => {
  const text = (verdict, reason) => verdictText({ verdict, reason });
  assert.equal(text('inconclusive', 'too_few_restarts'), 'too few restarts');
  assert.equal(text('inconclusive', 'not_significant'), 'not significant');
  assert.equal(text('inconclusive', null), 'inconclusive');
  assert.equal(text('faster', null), 'faster');
  assert.equal(text('inconclusive', 'constructor'), 'inconclusive', 'an unknown reason');
});

test('the reason of a missing figure is its own or that of its block', () => {
  const cell = {
    status: 'valid',
    reasons: [],
    eligibility: {},
    absent: { 'a.b': 'own', c: 'block' },
  };
  assert.equal(absentReason(cell, 'a.b'), 'own');
  assert.equal(absentReason(cell, 'c.d.e'), 'block');
  assert.equal(absentReason(cell, 'x'), 'not measured');
  assert.equal(
    absentReason({ ...cell, status: 'failed', reasons: ['broke'] }, 'x'),
    'failed — broke',
  );
});

test('values that are not numbers become null', () => {
  const run = fixtureRun('gaps');
  run.cells[1].achieved_rps = { median: 'NaN', ci95: [1, 2] };
  const { cells } = tablesOf(run);
  assert.equal(cells[1].rps, null);
  assert.deepEqual(cells[1].cpu, { median: 7400, interval: null, restarts: [7400] });
  assert.deepEqual(cells[1].response, { p50: 80000, p90: 120000, p99: null, p99_9: null });
});

test('charts draw the workloads with all contestants', () => {
  const run = fixtureRun('seven_models');
  const names = ({ charted }) => charted.map(({ name }) => name);
  const all = run.workloads.map(({ name }) => name);
  assert.deepEqual(names(tablesOf(run)), all);
  const leftOut = [{ contestant: 'epoll', reason: 'the workload is for other models' }];
  const plan = (workloads) => ({ ...run.plan, workloads });
  run.plan = plan({ [all[1]]: { left_out: leftOut }, [all[0]]: { left_out: [] } });
  assert.deepEqual(
    names(tablesOf(run)),
    all.filter((name) => name !== all[1]),
  );
  run.plan = plan(Object.fromEntries(all.map((name) => [name, { left_out: leftOut }])));
  assert.deepEqual(names(tablesOf(run)), all, 'all if there is none');
});

test('a note has all names and the reason', () => {
  const names = Array.from({ length: 40 }, (_, index) => `contestant-${index}`);
  const [line, ...rest] = noteLines(names.map((name) => [name, 'the reason']));
  assert.deepEqual(rest, []);
  assert.equal(line, `${names.join(', ')}: the reason`);
});

test('the fixtures are up to date', () => {
  for (const [name, run] of Object.entries({ seven_models: sevenModels(), gaps: gaps() })) {
    assert.deepEqual(fixtureRun(name), run, name);
  }
});

test('metrics, notes, environment and line breaks', () => {
  assert.equal(metricOf('response_time_ns.p99_9').label, 'Response time p99.9');
  assert.equal(metricOf('toString').better, null);
  assert.deepEqual(
    noteLines([
      ['a', 'x'],
      ['b', 'y', 'hollow'],
      ['c', 'x'],
    ]),
    ['a, c: x', 'b (hollow): y'],
  );
  assert.deepEqual(flatten({ a: { b: 1, c: null }, d: [1, 2], e: [], f: [{ g: true }] }), [
    ['a.b', '1'],
    ['d', '1, 2'],
    ['f.0.g', 'true'],
  ]);
  assert.deepEqual(wrap('aa bb cccccc', 5), ['aa bb', 'ccccc', 'c']);
});

test('reasons that differ only in numbers are merged', () => {
  for (const [reasons, merged] of [
    [['no figure'], 'no figure'],
    [['used 96.3 % of 1 CPU'], 'used 96.3 % of 1 CPU'],
    [
      ['used 96.3 % of 1 CPU', 'used 9.5 % of 1 CPU', 'used 97 % of 1 CPU'],
      'used 9.5–97 % of 1 CPU',
    ],
  ]) {
    assert.equal(mergedReason(reasons), merged);
  }
});

test('reasons for missing ranks are shown once per workload', () => {
  const bound = (contestant, figure) => ({
    contestant,
    reason: `generator_bound: the generator used ${figure} % of its CPU`,
  });
  const starved = { contestant: 'blocking', reason: 'model_limit: 63 of 64 starved' };
  const shown = new Set();
  assert.deepEqual(unrankedLines([starved], shown), [
    { names: ['blocking'], text: 'model_limit: 63 of 64 starved' },
  ]);
  assert.deepEqual(unrankedLines([bound('epoll', 95.5), starved, bound('select', 96)], shown), [
    {
      names: ['epoll', 'select'],
      text: 'generator_bound: the generator used 95.5–96 % of its CPU',
    },
    { names: ['blocking'], text: 'model_limit, as above' },
  ]);
  assert.equal(unrankedLines([{ contestant: 'a', reason: 'no limit' }], shown)[0].text, 'no limit');
  assert.equal(unrankedLines([{ contestant: 'a', reason: 'no limit' }], shown)[0].text, 'as above');
  assert.equal(
    unrankedLines([{ ...starved, reason: 'model_limit: 64 of 64 starved' }], shown)[0].text,
    'model_limit: 64 of 64 starved',
    'another number is another reason',
  );
  assert.deepEqual(unrankedLines([{ contestant: 'a', reason: 7 }], shown), [
    { names: ['a'], text: '' },
  ]);
});

test('the floor of a percentile is that of the worst CPU', () => {
  const cpu = (p99, p99_9) => ({ floor: { p50: 0, p90: null, p99, p99_9 } });
  assert.deepEqual(floorsOf({ cpus: [] }), []);
  assert.deepEqual(floorsOf({ cpus: [cpu(0, 0)] }), []);
  assert.deepEqual(floorsOf({ cpus: [cpu(2000, 9000), cpu(5000, null)] }), [
    { position: 2, micros: 5 },
    { position: 3, micros: 9 },
  ]);
});
