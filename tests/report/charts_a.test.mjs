// The charts of sweeps and of the parts of a request: the cells that they select, the marks that
// they draw, and their notes on missing figures.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { breakEven } from '../../scripts/report/charts/break_even.mjs';
import { costModel } from '../../scripts/report/charts/cost_model.mjs';
import { cpuPerRequest } from '../../scripts/report/charts/cpu_per_request.mjs';
import { idleCpu } from '../../scripts/report/charts/idle_cpu.mjs';
import { inOrder, opacityOf } from '../../scripts/report/charts/kinds.mjs';
import { yAxisOf } from '../../scripts/report/charts/lines.mjs';
import { MAX_SERIES } from '../../scripts/report/charts/marks.mjs';
import { memoryPerConnection } from '../../scripts/report/charts/memory_per_connection.mjs';
import { mostlyIdle } from '../../scripts/report/charts/mostly_idle.mjs';
import { warningNotes } from '../../scripts/report/charts/notes.mjs';
import { scaling } from '../../scripts/report/charts/scaling.mjs';
import { syscalls } from '../../scripts/report/charts/syscalls.mjs';
import { throughputLatency } from '../../scripts/report/charts/throughput_latency.mjs';
import { tablesOf } from '../../scripts/report/tables.mjs';
import { sweepRun } from './fixtures/sweeps.mjs';
import { countMarks, fixtureRun, runScript, temporaryDirectory } from './helpers.mjs';

const CHARTS = [
  throughputLatency,
  scaling,
  mostlyIdle,
  cpuPerRequest,
  idleCpu,
  memoryPerConnection,
  syscalls,
  breakEven,
  costModel,
];
const tables = tablesOf(sweepRun());

const layer = ({ spec }, name) =>
  spec.layer.find((entry) => entry.name === name)?.data.values ?? [];
const labels = (rows) => [...new Set(rows.map(({ label }) => label))];
const scaleOf = ({ spec }, axis) =>
  spec.layer.find(({ encoding }) => encoding[axis]?.scale?.domain).encoding[axis].scale;

test('descriptions of marks start with the label of the contestant; data tables are complete', () => {
  const known = new Set(tables.contestants.map(({ label }) => label));
  for (const chart of CHARTS) {
    const panels = chart.panels(tables);
    assert.ok(panels.length > 0, chart.id);
    for (const { spec, data, workload } of panels) {
      assert.ok(workload.title && typeof workload.condition === 'string', chart.id);
      assert.ok(data.columns.length > 1 && data.rows.length > 0, chart.id);
      for (const row of data.rows) {
        assert.equal(row.length, data.columns.length, chart.id);
        row.forEach((cell, column) => {
          const expected = data.columns[column].isNumber ? 'number' : 'string';
          assert.ok(cell === null || typeof cell === expected, `${chart.id}: ${cell}`);
        });
      }
      for (const { mark, encoding, data: own } of spec?.layer ?? []) {
        assert.equal(Boolean(mark.aria), Boolean(encoding.description), chart.id);
        if (!mark.aria) continue;
        for (const { tip, label } of own.values) {
          const [start, ...rest] = tip.split(': ');
          assert.ok(rest.join(': ').length > 3, tip);
          if (label !== undefined && known.has(label)) assert.equal(start, label);
        }
      }
    }
  }
});

test('an axis is logarithmic only if it contains no zero', () => {
  const points = [{ y: 5, interval: { low: 2, high: 9 }, restarts: [1, 12] }];
  const axis = yAxisOf(points, 'log', 'time', 'datum.value');
  assert.equal(axis.type, 'log');
  assert.ok(axis.domain[0] < 1 && axis.domain[1] > 12);
  assert.match(axis.title, /log scale/);
  assert.equal(yAxisOf([{ y: 0 }, { y: 3 }], 'log', 't', '').type, 'linear');
  assert.equal(yAxisOf(points, 'linear', 't', '').domain[0], 0);
});

test('throughput_latency: lines in order of the offered rate, hollow if not valid', () => {
  const panels = throughputLatency.panels(tables);
  assert.equal(panels.length, 2);
  const [first, second] = panels;
  const rows = layer(first, 'line').filter(({ label }) => label === 'epoll');
  assert.deepEqual(
    rows.map(({ x }) => x),
    [1000, 2000, 4000],
  );
  assert.equal(layer(first, 'hollow').length, 4, 'the highest rate, once for each contestant');
  assert.equal(layer(first, 'point').length, 8);
  assert.deepEqual(
    layer(first, 'knee').map(({ x, tip }) => [x, tip.startsWith('epoll: ')]),
    [[2000, true]],
  );
  assert.equal(layer(first, 'bound')[0].y, 1000, '1 ms in µs');
  assert.equal(layer(first, 'interval').length, 12 * 3, 'two ends and a break for every point');
  for (const note of [
    'epoll: knee at 2,000/s; at 4000/s p99 is above',
    'threaded: no knee; at 1000/s late',
    'select: run.json has no knee',
  ])
    assert.ok(first.notes.includes(note), note);
  assert.ok(first.notes.some((note) => /\(hollow\): generator_bound — .* 91–91\.3 %/.test(note)));
  assert.ok(second.notes.includes('forked: no p99 at 1,000/s — fewer than 100 samples'));
  assert.equal(layer(second, 'line').filter(({ label }) => label === 'forked').length, 2);
  assert.deepEqual(scaleOf(first, 'x').domain, scaleOf(second, 'x').domain, 'shared axes');
  assert.deepEqual(scaleOf(first, 'y').domain, scaleOf(second, 'y').domain, 'shared axes');
});

test('scaling selects workloads by their parameters, not by name', () => {
  const panels = scaling.panels(tables);
  assert.deepEqual(
    panels.map(({ workload }) => workload.title),
    [1, 2].flatMap((part) =>
      ['Throughput', 'p99 response time', 'Server CPU per request'].map(
        (t) => `${t} (${part} of 2)`,
      ),
    ),
  );
  for (const panel of panels) {
    const xs = layer(panel, 'line').map(({ x }) => x);
    assert.deepEqual([...new Set(xs)], [1, 8, 64], 'no handler, no other size, no churn');
    assert.ok(labels(layer(panel, 'line')).length <= MAX_SERIES);
    assert.equal(
      layer(panel, 'restarts').length,
      /p99/.test(panel.workload.title) ? 0 : 4 * 3 * 3 * 2,
    );
  }
  for (const [one, other] of [
    [0, 3],
    [1, 4],
    [2, 5],
  ])
    assert.deepEqual(scaleOf(panels[one], 'y').domain, scaleOf(panels[other], 'y').domain);
  assert.equal(scaleOf(scaling.panels(tables, { scale: 'linear' })[0], 'y').type, 'linear');
  assert.equal(scaleOf(panels[0], 'y').type, 'log');
});

test('mostly_idle: the axis starts at zero idle connections', () => {
  const panels = mostlyIdle.panels(tables);
  assert.equal(panels.length, 2);
  assert.deepEqual([...new Set(layer(panels[0], 'line').map(({ x }) => x))], [0, 100, 1000]);
  assert.equal(scaleOf(panels[0], 'x').type, 'symlog');
  const single = sweepRun();
  for (const workload of single.workloads) if (workload.name === 'idle-1000') workload.sweep = null;
  const titles = mostlyIdle.panels(tablesOf(single)).map(({ workload }) => workload.title);
  assert.ok(titles.includes('Title of idle-1000'), 'a workload outside a sweep gets a panel');
});

test('CPU per request is split into user and system time if run.json has both', () => {
  const panel = cpuPerRequest.panels(tables).find(({ workload }) => workload.name === 'alpha');
  const shares = layer(panel, 'share');
  assert.deepEqual(
    shares.map(({ label, start, end }) => [label, start, end]),
    [
      ['epoll', 0, 1],
      ['epoll', 1, 5.001],
    ],
  );
  assert.ok(panel.notes.some((note) => /^threaded, .*no split .* too few ticks$/.test(note)));
  const row = panel.data.rows.find(([label]) => label === 'epoll');
  assert.deepEqual(row.slice(-2), [1000, 4001]);
  assert.deepEqual(panel.data.rows.find(([label]) => label === 'poll').slice(-2), [null, null]);
});

test('idle servers are shown by CPU use and by wake-ups, a measured zero as zero', () => {
  const [cpu, wakeups] = idleCpu.panels(tables);
  assert.equal(layer(cpu, 'bar').length, 8);
  assert.equal(layer(wakeups, 'bar').length, 7);
  assert.ok(wakeups.notes.includes('threaded: a thread ended'));
  assert.equal(layer(wakeups, 'figure').find(({ label }) => label === 'epoll').text, '0/s');
});

test('memory bars start at zero, and small ones are enlarged', () => {
  const panels = memoryPerConnection.panels(tables);
  const titles = panels.map(({ workload }) => workload.title);
  assert.deepEqual(titles.slice(0, 2), ['Title of silence', 'Enlarged: Title of silence']);
  const [complete, enlarged] = panels;
  assert.equal(labels(layer(complete, 'part')).length, 7);
  assert.deepEqual(labels(layer(enlarged, 'part')).includes('forked'), false);
  assert.ok(complete.notes.includes('pooled: no slope'));
  assert.ok(complete.notes.some((note) => note.startsWith('poll: negative')));
  const forked = layer(complete, 'part').filter(({ label }) => label === 'forked');
  assert.deepEqual(
    forked.map(({ start }) => start),
    [0, forked[0].end],
  );
  const below = layer(complete, 'part').find(({ label, end }) => label === 'poll' && end < 0);
  assert.equal(below.start, 0, 'a negative part has the other direction');
  assert.ok(scaleOf(complete, 'x').domain[0] < 0);
});

test('system calls are shown by name with the prediction', () => {
  const panels = syscalls.panels(tables);
  assert.deepEqual(
    panels.map(({ workload }) => workload.connections),
    [1, 64, 512],
  );
  const [panel] = panels;
  const epoll = layer(panel, 'part').filter(({ label }) => label === 'epoll');
  assert.deepEqual(
    epoll.map(({ tip }) => tip.split(' ')[1]),
    ['recvfrom', 'sendto', 'epoll_wait'],
    'in order of kind; rare calls are only in the table',
  );
  assert.equal(layer(panel, 'mark').length, 6, 'busy_poll predicts none, pooled was not counted');
  for (const note of ['pooled: not counted', 'busy_poll: no prediction — no fixed number'])
    assert.ok(panel.notes.includes(note), note);
  const columns = panel.data.columns.map(({ text }) => text);
  assert.equal(panel.data.rows[0][columns.indexOf('futex')], 0.001);
  const pooled = panel.data.rows.find(([label]) => label === 'pooled');
  assert.deepEqual(pooled.slice(3), [null, null, null, null], 'not counted is not zero');
});

test('parts are ordered and shaded by kind', () => {
  const names = ['own/session', 'futex', 'epoll_wait', 'sendto', 'recvfrom', 'epoll_ctl', 'poll'];
  assert.deepEqual(
    inOrder(names.map((name) => ({ name }))).map(({ name }) => name),
    ['recvfrom', 'sendto', 'epoll_wait', 'poll', 'futex', 'epoll_ctl', 'own/session'],
  );
  const shades = ['recvfrom, data', 'write', 'pselect6', 'context switches', 'brk'].map(opacityOf);
  assert.deepEqual(
    shades,
    [...new Set(shades)].sort((a, b) => b - a),
  );
});

test('the map shows a winner only if run.json ranks a single contestant first', () => {
  const [map, pairs] = breakEven.panels(tables);
  assert.deepEqual(
    layer(map, 'winner').map(({ x, y, tip }) => [x, y, tip.split(':')[0]]),
    [[1, 100, 'epoll']],
  );
  const { colour, marker } = tables.contestant('epoll');
  assert.deepEqual(
    [layer(map, 'winner')[0].colour, layer(map, 'winner')[0].marker],
    [colour, marker],
  );
  assert.deepEqual(
    layer(map, 'undecided')
      .map(({ x }) => x)
      .sort((a, b) => a - b),
    [8, 1064],
  );
  assert.ok(
    map.notes.includes('Title of beta: no significant differences between epoll, threaded, poll'),
  );
  assert.ok(map.notes.some((note) => /Title of gamma.*: no contestant is ranked/.test(note)));

  assert.deepEqual(
    layer(pairs, 'point').map(({ x }) => x),
    [1, 64],
  );
  assert.deepEqual(
    layer(pairs, 'open').map(({ x }) => x),
    [8],
  );
  assert.deepEqual(
    layer(pairs, 'break_even').map(({ at, low, high }) => [at, low, high]),
    [[20, 12, 40]],
  );
  assert.ok(pairs.notes.includes('epoll / poll: fewer than two points have figures of both'));
  assert.deepEqual(
    pairs.data.rows.map((row) => row.slice(2, 6)),
    [
      ['found', 20, 12, 40],
      ['missing', null, null, null],
    ],
  );
  assert.equal(pairs.data.rows[0][6], 'threaded below 20 (12 to 40), epoll above');
});

test('the parts of a cost and the rest add up to the measured cost', () => {
  const [panel] = costModel.panels(tables);
  assert.deepEqual(
    layer(panel, 'rest').map(({ label, start, end }) => [label, start, end]),
    [['epoll', 3, 5]],
    'without a rest if the parts exceed the measured cost',
  );
  assert.deepEqual(
    layer(panel, 'mark').map(({ mark }) => mark),
    [2.5, 5],
  );
  assert.deepEqual(
    layer(panel, 'figure').map(({ text }) => text),
    ['−20 %', '40 %'],
  );
  for (const note of [
    'poll: no price for epoll_ctl: counted as zero',
    'pooled: serves 1 of 8',
    'threaded, select, busy_poll, io_uring, forked: no prediction in run.json',
  ])
    assert.ok(panel.notes.includes(note), note);
});

test('warnings that differ only in numbers are one note', () => {
  const cell = (used) => ({ status: 'generator_bound', reasons: [`used ${used} %`] });
  assert.deepEqual(
    warningNotes([
      { label: 'a', cell: cell(91) },
      { label: 'a', cell: cell(97) },
      { label: 'b', cell: cell(93.5) },
      { label: 'c', cell: { status: 'failed', reasons: ['it ended'] } },
    ]),
    ['a, b (hollow): generator_bound — used 91–97 %', 'c (hollow): failed — it ended'],
  );
});

test('a run without sweeps has no panels of sweeps and no invented figures', () => {
  const plain = tablesOf(fixtureRun('gaps'));
  for (const chart of [throughputLatency, scaling, breakEven, costModel, memoryPerConnection]) {
    for (const { spec } of chart.panels(plain)) assert.equal(spec, undefined, chart.id);
  }
});

test('the sheets have one mark per figure', (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(path.join(directory, 'run.json'), JSON.stringify(sweepRun()));
  const { status, err } = runScript([directory]);
  assert.equal(status, 0, err);
  const sheet = ({ id }) => readFileSync(path.join(directory, 'charts', `${id}.svg`), 'utf8');
  const expected = [
    [throughputLatency, { line: 8, point: 15, hollow: 8, knee: 1, bound: 2, name: 8 }],
    [scaling, { line: 24, point: 72, restarts: 16, interval: 16, name: 24 }],
    [mostlyIdle, { line: 8, point: 24, name: 8 }],
    [breakEven, { winner: 1, undecided: 2, point: 2, open: 1, break_even: 1 }],
    [costModel, { part: 4, rest: 1, mark: 2, figure: 2 }],
  ];
  for (const [chart, layers] of expected) {
    const svg = sheet(chart);
    for (const [name, marks] of Object.entries(layers))
      assert.equal(countMarks(svg, name), marks, `${chart.id} ${name}`);
    assert.doesNotMatch(svg, /NaN|undefined|Infinity|\bnull\b/, chart.id);
  }
  // Every restart is a dot in the path of its contestant: three restarts on three workloads.
  const [, path0] = sheet(scaling).match(/restarts_marks".*?<path[^>]* d="([^"]*)"/s);
  assert.equal(path0.match(/M[^M]*Z/g).length, 9);
});
