// The charts of the run itself, of response times and of fairness: marks, descriptions, notes, and
// omitted figures.

import assert from 'node:assert/strict';
import test from 'node:test';

import { cpuRatio } from '../../scripts/report/charts/cpu_ratio.mjs';
import { driftAudit } from '../../scripts/report/charts/drift_audit.mjs';
import { fairness } from '../../scripts/report/charts/fairness.mjs';
import { latencyDecomposition } from '../../scripts/report/charts/latency_decomposition.mjs';
import { limiter } from '../../scripts/report/charts/limiter.mjs';
import { broken, evenly } from '../../scripts/report/charts/marks.mjs';
import { noteLines } from '../../scripts/report/charts/notes.mjs';
import { percentiles } from '../../scripts/report/charts/percentiles.mjs';
import { timeline } from '../../scripts/report/charts/timeline.mjs';
import { renderChart } from '../../scripts/report/render.mjs';
import { tablesOf } from '../../scripts/report/tables.mjs';
import { audited } from './fixtures/audited.mjs';
import { countMarks, fixtureRun, textsOf } from './helpers.mjs';

const OWN = [fairness, latencyDecomposition, limiter, timeline, driftAudit, percentiles, cpuRatio];

/// The chart of a run, rendered; `edit` changes the run before.
function chartOf(chart, edit = () => {}) {
  const run = audited();
  edit(run);
  return renderChart(chart, tablesOf(run));
}

/// The parts of an SVG path that are drawn by the layer of this name, one per dot or line.
function strokesOf(svg, layer) {
  const groups = svg.matchAll(new RegExp(`role-mark ${layer}_marks"[^>]*>(.*?)</g>`, 'gs'));
  const paths = [...groups].flatMap(([, group]) => [...group.matchAll(/ d="([^"]*)"/g)]);
  return paths.reduce((sum, [, path]) => sum + (path.match(/M/g)?.length ?? 0), 0);
}

const labelsOf = (svg) => [...svg.matchAll(/aria-label="([^"]*)"/g)].map(([, label]) => label);

test('the fixture is up to date', () => {
  assert.deepEqual(fixtureRun('audited'), JSON.parse(JSON.stringify(audited())));
});

for (const chart of OWN) {
  test(`${chart.id}: every panel has its data and names only known contestants`, async () => {
    const { panels } = await chartOf(chart);
    const names = new Set(audited().contestants.map(({ name }) => name));
    assert.ok(panels.some(({ svg }) => svg !== null));
    for (const { svg, data, notes, workload } of panels) {
      assert.ok(workload.title !== '' && workload.condition !== undefined);
      assert.ok(Array.isArray(notes));
      if (svg === null) continue;
      assert.ok(data.rows.length > 0, workload.title);
      for (const row of data.rows) {
        assert.equal(row.length, data.columns.length);
        row.forEach((value, index) => {
          const expected = data.columns[index].isNumber ? 'number' : 'string';
          assert.ok(
            value === null || typeof value === expected,
            `${data.columns[index].text}: ${value}`,
          );
        });
      }
      for (const label of labelsOf(svg)) {
        assert.ok(names.has(label.split(': ')[0]) || label === '', label);
      }
    }
  });

  test(`${chart.id}: the same run gives the same bytes`, async () => {
    const svgs = async () => (await chartOf(chart)).panels.map(({ svg }) => svg);
    assert.deepEqual(await svgs(), await svgs());
  });

  test(`${chart.id}: a run without its data is accepted, and shows no figure`, async () => {
    const { panels } = await chartOf(chart, (run) => {
      delete run.slices;
      run.cells = [];
      run.comparisons = [];
    });
    for (const { svg, notes } of panels) {
      assert.equal(svg, null);
      assert.ok(notes.length > 0, 'there is a note');
    }
  });
}

test('fairness: one curve per contestant with shares, starved connections at zero', async () => {
  const { panels } = await chartOf(fairness);
  assert.equal(panels.length, 1, 'no panel for the open loop');
  const [{ svg, data, notes }] = panels;
  assert.equal(countMarks(svg, 'curve'), 6);
  assert.equal(countMarks(svg, 'interval'), 5 * 5, 'all but the first, at five ranks');
  assert.ok(textsOf(svg).includes('16 starved'));
  assert.deepEqual(
    data.rows.find(([name]) => name === 'blocking'),
    ['blocking', 0, 1.25, 1.25, 1.25, 1.25, 16],
  );
  assert.deepEqual(
    data.rows.find(([name]) => name === 'epoll').slice(1, 6),
    [0.95, 0.975, 1, 1.025, 1.05],
  );
  assert.deepEqual(notes, [
    'blocking (thin): model_limit — 16 of 64 connections were never answered',
    'busy_poll: no request was answered',
  ]);
  assert.ok(
    labelsOf(svg).some((label) => /^blocking: .* from 0 to 1\.25 .*16 starved$/.test(label)),
  );
});

test('fairness: the curve of a server with starved connections starts at zero', async () => {
  const { panels } = await chartOf(fairness);
  const group = panels[0].svg.match(/role-mark fewest_marks".*?<\/g>/s)[0];
  const places = [...group.matchAll(/translate\(([\d.]+),/g)].map(([, x]) => Number(x));
  assert.equal(places.filter((x) => x === 0).length, 1);
  assert.ok(places.filter((x) => x > 10).length === 5);
});

test('latency_decomposition: three parts if the kernel stamps replies, otherwise two and a note', async () => {
  const { panels } = await chartOf(latencyDecomposition);
  assert.deepEqual(
    panels.map(({ workload }) => workload.title),
    ['Paced'],
  );
  const [{ svg, data, notes }] = panels;
  assert.equal(countMarks(svg, 'part'), 3 + 2);
  assert.deepEqual(data.rows, [
    ['epoll', 7000, 40000, 12000],
    ['threaded', 7000, 44000, null],
  ]);
  assert.ok(
    notes.includes('threaded: no receive delay — replies are stamped as the generator reads them'),
  );
  assert.ok(notes.some((note) => note.startsWith('threaded (grey): generator_bound')));
  assert.ok(labelsOf(svg).includes('epoll: receive delay 12.0 µs (mean)'));
});

test('latency_decomposition: the parts are stacked from zero', async () => {
  const { panels } = await chartOf(latencyDecomposition);
  const group = panels[0].svg.match(/role-mark part_marks".*?<\/g>/s)[0];
  const bars = [
    ...group.matchAll(/aria-label="epoll: ([a-z ]+) [\d.].*? d="M([\d.]+),[\d.]+h([\d.]+)/g),
  ];
  const [send, service, receive] = ['send delay', 'kernel and server', 'receive delay'].map(
    (part) => {
      const [, , from, width] = bars.find(([, name]) => name === part);
      return { from: Number(from), width: Number(width) };
    },
  );
  assert.equal(send.from, 0);
  assert.ok(Math.abs(send.width - service.from) < 0.1);
  assert.ok(Math.abs(service.from + service.width - receive.from) < 0.1);
  assert.ok(Math.abs(service.width / send.width - 40 / 7) < 0.05);
});

test('timeline: restarts, steal and slices without a figure, each marked once', async () => {
  const { panels } = await chartOf(timeline);
  assert.equal(panels.length, 2, 'workloads with all contestants, and sweeps');
  const [busy, paced] = panels;
  for (const { svg } of panels) {
    assert.equal(countMarks(svg, 'span'), 1);
    assert.equal(strokesOf(svg, 'restart'), 3);
    assert.equal(strokesOf(svg, 'steal'), 2);
    assert.equal(strokesOf(svg, 'blank'), 1);
  }
  assert.ok(textsOf(busy.svg).includes('1.00 s'), 'the start');
  assert.ok(textsOf(paced.svg).includes('30.0 s'));
  assert.deepEqual(busy.data.rows, [
    ['Busy', 'select', 1, 1, 2500, 10, 4003],
    ['Busy', 'select', 1, 2, 5500, 40, 4009],
    ['Busy', 'blocking', 1, 1, 3500, 0, null],
  ]);
});

test('timeline: more steal is a longer line', async () => {
  const { panels } = await chartOf(timeline);
  const group = panels[0].svg.match(/role-mark steal_marks".*?<\/g>/s)[0];
  const lengths = [...group.matchAll(/M[\d.]+,([\d.]+)L[\d.]+,([\d.]+)/g)].map(
    ([, from, to]) => from - to,
  );
  assert.equal(lengths.length, 2);
  assert.ok(lengths[1] > lengths[0] && lengths[0] > 0, String(lengths));
});

test('drift_audit: one position per statistic, with interval and restarts', async () => {
  const { panels } = await chartOf(driftAudit);
  assert.deepEqual(
    panels.map(({ workload }) => `${workload.title}, ${workload.condition}`),
    ['Busy, by position in the round', 'Busy, by round'],
  );
  const [position, round] = panels;
  assert.equal(countMarks(position.svg, 'median'), 7);
  assert.equal(countMarks(position.svg, 'interval'), 7);
  assert.equal(strokesOf(position.svg, 'restarts'), 21);
  assert.equal(countMarks(position.svg, 'one'), 1);
  assert.deepEqual(position.data.rows[6].slice(0, 2), [7, 1.06]);
  assert.deepEqual(position.notes, [
    '5 of 7 intervals exclude 1 (one in twenty is expected by chance); the farthest is 1.060× at 7',
  ]);
  assert.equal(round.svg, null);
  assert.deepEqual(round.notes, ['fewer than two positions to compare by round']);
});

test('limiter: a letter for every cell, in both panels', async () => {
  const { panels } = await chartOf(limiter);
  assert.equal(panels.length, 2);
  const [limits, validity] = panels;
  assert.equal(countMarks(limits.svg, 'cell'), 9);
  assert.equal(countMarks(validity.svg, 'cell'), 9);
  const tips = new Set(labelsOf(limits.svg));
  assert.ok(tips.has('blocking: neither in busy'));
  assert.ok(tips.has('threaded: generator in paced'));
  assert.ok(new Set(labelsOf(validity.svg)).has('blocking: model limit in busy'));
  assert.equal(limits.data.rows.length, 9, 'no row for cells that the plan excludes');
  assert.equal(strokesOf(limits.svg, 'tint0'), 6, 'six cells limited by the server');
});

test('limiter: unknown values are shown as question marks', async () => {
  const { panels } = await chartOf(limiter, (run) => {
    run.cells[0].limiter = 'toString';
    run.cells[0].validity = null;
  });
  for (const { svg } of panels) {
    assert.ok(labelsOf(svg).includes('epoll: unknown in busy'));
    assert.ok(textsOf(svg).includes('?'));
  }
});

test('percentiles: seven lines are two panels with the same axis', async () => {
  const { panels } = await chartOf(percentiles);
  const busy = panels.filter(({ workload }) => workload.name === 'busy');
  assert.deepEqual(
    busy.map(({ svg }) => countMarks(svg, 'name')),
    [4, 3],
  );
  assert.deepEqual(
    busy.map(({ workload }) => workload.title),
    ['Busy (1 of 2)', 'Busy (2 of 2)'],
  );
  const ticks = busy.map(({ svg }) => textsOf(svg).filter((text) => / [µm]s$/.test(text)));
  assert.deepEqual(ticks[0], ticks[1]);
  assert.deepEqual(busy[0].data.rows[0], ['epoll', 600000, 600000, null, null]);
});

test('a ratio shows every restart, and its verdict as text', async () => {
  const { panels } = await chartOf(cpuRatio);
  const [{ svg, data }] = panels.filter(({ workload }) => workload.name === 'busy');
  assert.equal(strokesOf(svg, 'restarts'), 3 + 2 + 3 + 3, 'no dot for a missing one');
  assert.equal(countMarks(svg, 'ratio'), 2, 'decided');
  assert.equal(countMarks(svg, 'open'), 2, 'a tie and an inconclusive ratio are hollow');
  for (const text of ['1.500× slower', '0.800× faster', '1.001× tie', '1.050× ?', 'reference']) {
    assert.ok(textsOf(svg).includes(text), text);
  }
  assert.ok(
    labelsOf(svg).includes(
      'io_uring: 1.050× of epoll, 95 % interval 0.900× to 1.200×, inconclusive',
    ),
  );
  assert.deepEqual(
    data.rows.find(([name]) => name === 'pooled'),
    ['pooled', 0.8, 0.78, 0.82, 0.04, 3, 'faster'],
  );
});

test('an unknown verdict is not shown', async () => {
  const { panels } = await chartOf(cpuRatio, (run) => {
    run.comparisons[0].verdict = 'toString';
  });
  const [{ svg }] = panels;
  assert.ok(textsOf(svg).includes('1.500×'));
  assert.ok(!svg.includes('toString'));
});

test('invalid slices and shares are not drawn', async () => {
  const invalid = (run) => {
    run.slices = [null, 7, { workload: 3 }, { workload: 'busy', start_ms: 'now', drift: 5 }];
    run.cells[0].fairness.reply_shares = { median: [1, 'x'] };
    run.cells[1].fairness.reply_shares = { median: 'all', ci95: 3 };
    run.cells[2].fairness.reply_shares.ci95 = { low: [0], high: 'x' };
    run.cells[7].send_delay_ns = { mean: 'short' };
  };
  assert.equal(countMarks((await chartOf(fairness, invalid)).panels[0].svg, 'curve'), 4);
  assert.equal(countMarks((await chartOf(latencyDecomposition, invalid)).panels[0].svg, 'part'), 4);
  for (const chart of [timeline, driftAudit]) {
    for (const { svg } of (await chartOf(chart, invalid)).panels) assert.equal(svg, null);
  }
  const { rows } = tablesOf({
    ...audited(),
    slices: [{ ...audited().slices[1], contestant: [0, 99, -1, 0.5, '0', 1] }],
  }).slices.get('paced');
  assert.equal(rows.length, 2, 'slices of unknown contestants are dropped');
});

test('lists are split evenly, and lines are broken after every dot', () => {
  const sizes = (length) => evenly(Array.from({ length }, (_, k) => k)).map((part) => part.length);
  assert.deepEqual([1, 6, 7, 12, 13, 18].map(sizes), [
    [1],
    [6],
    [4, 3],
    [6, 6],
    [4, 5, 4],
    [6, 6, 6],
  ]);
  assert.deepEqual(evenly([3, 1, 2], 2).flat(), [3, 1, 2]);
  assert.deepEqual(broken([{ x: 1, y: 2 }], 'y'), [
    { x: 1, y: 2 },
    { x: 1, y: null },
  ]);
});

test('notes that differ only in numbers are one, but names of percentiles are not numbers', () => {
  assert.deepEqual(
    noteLines([
      ['a', 'used 95.5 % of its CPU'],
      ['b', 'used 9 % of its CPU'],
      ['c', 'no p99 — too few'],
      ['c', 'no p99.9 — too few'],
      ['d', 'no p99.9 — too few'],
    ]),
    ['a, b: used 9–95.5 % of its CPU', 'c: no p99 — too few', 'c, d: no p99.9 — too few'],
  );
});
