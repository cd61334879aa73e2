// The page and the charts of the fixture runs, as written by report.sh.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import test from 'node:test';

import { CHARTS } from '../../scripts/report/charts/index.mjs';
import { countMarks, fixtureRun, reportOn, textsOf, withoutCode } from './helpers.mjs';

const FILES = CHARTS.map(({ id }) => `${id}.svg`).sort();
const FIXTURES = ['seven_models', 'gaps', 'hostile'];

/// The part of the page that holds one chart.
const figureIn = (page, id) =>
  page.match(new RegExp(`<figure [^>]*data-chart="${id}".*?</figure>`, 's'))[0];

/// The panels of one chart in the page, by the title of their workload.
function panelsIn(page, id) {
  const pieces = figureIn(page, id).split('<div class="panel">').slice(1);
  return Object.fromEntries(
    pieces.map((piece) => [
      piece.match(/<h4>([^<]*)/)[1].trim(),
      {
        plot: piece.match(/<svg.*<\/svg>/s)?.[0] ?? '',
        notes: textsOf(piece.match(/<ul class="notes">.*<\/ul>/s)?.[0] ?? ''),
      },
    ]),
  );
}

/// Whether every tag is closed in the right order, except void HTML elements.
function isBalanced(markup) {
  const open = [];
  for (const [, end, name, , self] of withoutCode(markup).matchAll(
    /<(\/?)([a-z][\w:]*)((?:"[^"]*"|[^">])*?)(\/?)>/gi,
  )) {
    if (self || /^(meta|link|br|input)$/.test(name)) continue;
    if (!end) open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

test('seven models on seven workloads', async (t) => {
  const { result, directory, page, charts } = reportOn('seven_models', t);

  await t.test('writes the page and the charts, and no other file', () => {
    assert.deepEqual(Object.keys(charts).sort(), FILES);
    assert.deepEqual(readdirSync(directory).sort(), ['charts', 'report.html', 'run.json']);
  });
  await t.test('the last line of output is the path of the page', () => {
    assert.equal(result.out.trimEnd().split('\n').pop(), `report: ${directory}/report.html`);
  });

  // Counted by hand from the fixture. Not valid: small: blocking (model limit), threaded
  // (generator); busy: blocking; many: blocking, pooled, threaded; mostly_idle: blocking, pooled;
  // paced: blocking, busy_poll. The floor of 87 µs at p99.9 is below all times in busy and many; a
  // workload has two panels of percentiles.
  const expected = {
    'throughput_ratio.svg': { ratio: 6 + 4 + 5 + 3 + 4, interval: 22, reference: 5, band: 5 },
    'cpu_ratio.svg': { ratio: 6 + 5 + 5 + 3 + 4 + 4, interval: 27, reference: 6 },
    'cpu_per_request.svg': { median: 33, hollow: 9, interval: 42, restarts: 42, figure: 42 },
    'percentiles.svg': {
      line: 32,
      hollow_line: 10,
      name: 42,
      point: 32 * 4 - 5,
      hollow: 10 * 4 - 2,
      floor: 8,
    },
    'idle_cpu.svg': { bar: 7, interval: 7, figure: 7 },
  };
  for (const [file, layers] of Object.entries(expected)) {
    await t.test(`${file} has the right number of marks`, () => {
      const found = Object.fromEntries(
        Object.keys(layers).map((layer) => [layer, countMarks(charts[file], layer)]),
      );
      assert.deepEqual(found, layers);
    });
    await t.test(`${file} and the page have the same marks`, () => {
      const id = file.replace('.svg', '');
      for (const layer of Object.keys(layers)) {
        assert.equal(countMarks(figureIn(page, id), layer), countMarks(charts[file], layer), layer);
      }
    });
  }

  await t.test('every restart is a dot in the path of its contestant', () => {
    const groups = charts['cpu_per_request.svg'].matchAll(/restarts_marks"[^>]*>(.*?)<\/g>/gs);
    const dots = [...groups].flatMap(([, body]) => body.match(/M[^MZ"]+Z/g) ?? []);
    assert.equal(dots.length, 42 * 12);
  });
  await t.test('cells that are not valid are notes of the ratio chart, not marks', () => {
    const run = fixtureRun('seven_models');
    const panels = panelsIn(page, 'throughput_ratio');
    for (const { name, title, mode } of run.workloads) {
      if (mode !== 'closed_loop') {
        assert.equal(panels[title], undefined);
        continue;
      }
      for (const cell of run.cells.filter(({ workload }) => workload === name)) {
        const { status, reasons } = cell.validity;
        const isValid = status === 'valid';
        assert.equal(textsOf(panels[title].plot).includes(cell.contestant), isValid);
        const note = `${cell.contestant}: ${status} — ${reasons.join('; ')}`;
        assert.equal(panels[title].notes.includes(note), !isValid, note);
        if (!isValid)
          assert.ok(textsOf(charts['throughput_ratio.svg']).includes(`${title} · ${note}`));
      }
    }
  });
  await t.test('counted figures are in the table of cells', () => {
    assert.match(page, /<td class="figure" data-value="1\.257">1\.26<\/td>/);
  });
  await t.test('a verdict on a cell that is not valid has its status', () => {
    const table = page.match(/<section id="comparisons">.*?<\/section>/s)[0];
    const rows = table.split('<tr>').filter((row) => row.includes('A few connections'));
    const ineligible = rows.filter((row) => row.includes('verdict ineligible'));
    assert.equal(rows.length, 12);
    assert.equal(ineligible.length, 3); // blocking in both metrics, threaded only in throughput
    assert.equal(ineligible.filter((row) => row.includes('>model_limit<')).length, 2);
    assert.equal(ineligible.filter((row) => row.includes('>generator_bound<')).length, 1);
  });
  await t.test('a cell at the limit of the generator has a CPU ratio', () => {
    const few = panelsIn(page, 'cpu_ratio')['A few connections'];
    assert.ok(textsOf(few.plot).includes('threaded'));
  });
  await t.test('missing percentiles are one note per reason', () => {
    const { notes } = panelsIn(page, 'percentiles')['A few connections (1 of 2)'];
    const note = notes.find((line) => line.includes('no p99.9'));
    assert.equal(
      note,
      'blocking, threaded, pooled, busy_poll: no p99.9 — fewer than 100 samples beyond it',
    );
  });
  await t.test('a measured zero is shown as zero', () => {
    assert.ok(textsOf(charts['idle_cpu.svg']).includes('0 %'));
  });
  await t.test('shows every cell, comparison and ranking', () => {
    const run = fixtureRun('seven_models');
    const rows = (id) =>
      page
        .match(new RegExp(`<section id="${id}">.*?</section>`, 's'))[0]
        .match(/<tr(?: id=[^>]*)?>(?!<th scope="col")/g).length;
    const absences = new Set(run.cells.flatMap(({ absent }) => Object.entries(absent).map(String)));
    assert.equal(rows('cells'), run.cells.length + absences.size);
    assert.equal(rows('comparisons'), run.comparisons.length);
    assert.equal(rows('answer'), run.rankings.length);
    const warnings = run.environment.warnings.filter((line) => !line.startsWith('steal ('));
    assert.equal(warnings.length, 2);
    for (const line of [...run.headline, ...warnings]) assert.ok(page.includes(line));
  });
  await t.test('shows the problems found by the doctor, and its advice', () => {
    const trust = page.match(/<section id="trust">.*?<\/section>/s)[0];
    for (const text of [
      '6.0 % now, 0.4 % since boot',
      'bursts overflow the backlog',
      'sudo sysctl net.core.somaxconn=4096',
      '1 of 3 checks',
    ])
      assert.ok(trust.includes(text), text);
    assert.ok(!page.includes('no two usable CPUs share a core'), 'good findings are only counted');
  });
  await t.test('shows the floor of every CPU, the worse of two measurements', () => {
    const trust = page.match(/<section id="trust">.*?<\/section>/s)[0];
    const row = trust.match(/<tr><th scope="row">0<\/th>.*?<\/tr>/s)[0];
    const cells = [...row.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, text]) => text);
    assert.deepEqual(cells, [
      'server',
      '87.0 %',
      '0.420 %',
      '1,235',
      'n/a',
      '0.310 %',
      '0 ns',
      '87.0 µs',
      '410 µs',
    ]);
  });
  await t.test('a warning that repeats a finding is shown once', () => {
    assert.ok(!page.includes('steal (6.0 % now'));
  });
  await t.test('names the machine, the date and the commit', () => {
    for (const text of [
      'Example CPU @ 2.50 GHz',
      '2026-01-15 09:30 UTC',
      'commit 0123456789ab',
      'with uncommitted changes',
    ])
      assert.ok(page.includes(text), text);
  });
  await t.test('a second rendering gives the same bytes', () => {
    const again = reportOn('seven_models', t);
    assert.equal(again.page, page);
    assert.deepEqual(again.charts, charts);
  });
});

for (const name of FIXTURES) {
  test(`any run: ${name}`, async (t) => {
    const { page, charts } = reportOn(name, t);
    const all = Object.entries({ ...charts, 'report.html': page });

    await t.test('a missing figure is never shown as a value', () => {
      for (const [file, markup] of all) {
        assert.doesNotMatch(withoutCode(markup), /NaN|undefined|Infinity|\bnull\b|\[object/, file);
      }
    });
    await t.test('nothing is loaded, and only the script of the page can run', () => {
      const scripts = [...page.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => text);
      assert.equal(scripts.length, 1);
      assert.ok(scripts[0].length < 25_000, String(scripts[0].length));
      const policy = page.match(/http-equiv="Content-Security-Policy" content="([^"]*)"/)[1];
      const hash = createHash('sha256').update(scripts[0]).digest('base64');
      assert.match(policy, /^default-src 'none';/);
      assert.ok(policy.includes(`script-src 'sha256-${hash}'`), policy);

      for (const [file, markup] of all) {
        assert.doesNotMatch(markup.replaceAll('http://www.w3.org/', ''), /https?:\/\//, file);
        const inert = withoutCode(markup);
        assert.doesNotMatch(inert, /<(script|img|iframe|object|image|foreignObject)\b/i, file);
        assert.doesNotMatch(
          inert.replace(/>[^<]*</g, '><').replace(/"[^"]*"/g, '""'),
          /\s(src|on\w+)=/i,
          file,
        );
      }
      assert.doesNotMatch(page.match(/<style>.*?<\/style>/s)[0], /url\(|@import/);
    });
    await t.test('markup is well formed, ids are unique', () => {
      for (const [file, markup] of all) {
        assert.ok(isBalanced(markup), file);
        const ids = [...markup.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
        assert.equal(new Set(ids).size, ids.length, file);
      }
    });
    await t.test('every chart has a title and a description', () => {
      for (const [file, svg] of Object.entries(charts)) {
        const { better } = CHARTS.find(({ id }) => `${id}.svg` === file);
        const way = better ? `\\(${better} is better\\)` : '[^<)]';
        assert.match(svg, new RegExp(`<title [^>]*>[^<]+${way}</title>`), file);
        assert.match(svg, /<desc [^>]*>[^<]+<\/desc>/, file);
      }
      const plots = [
        ...page.matchAll(
          /<svg[^>]*class="marks"[^>]*>(<title id="([^"]+)">[^<]+<\/title>\s*<desc id="([^"]+)">[^<]+<\/desc>)?/g,
        ),
      ];
      assert.equal(plots.length, page.match(/class="marks"/g).length);
      for (const [plot, names, title, desc] of plots) {
        assert.ok(names, plot);
        assert.ok(plot.includes(`role="img" aria-labelledby="${title} ${desc}"`), plot);
      }
    });
  });
}

test('failed cells and gaps', async (t) => {
  const { page, charts } = reportOn('gaps', t);

  await t.test('names skipped contestants and the missing package', () => {
    assert.match(
      page,
      /<h3>Skipped<\/h3>\s*<ul class="skipped"><li>gevent is skipped[^<]*python3-gevent/,
    );
  });
  await t.test('null figures are n/a in the table', () => {
    const table = page.match(/<section id="cells">.*?<\/section>/s)[0];
    const row = table.match(/<tr id="cell-[^"]*"(?:(?!<\/tr>).)*failed.*?<\/tr>/s)[0];
    const figures = [...row.matchAll(/<td class="figure" data-value="">([^<]*)<\/td>/g)];
    assert.deepEqual(
      figures.map(([, text]) => text),
      new Array(9).fill('n/a'),
    );
  });
  await t.test('with a failed reference there are no ratios, and a note', () => {
    assert.equal(countMarks(charts['throughput_ratio.svg'], 'ratio'), 0);
    assert.match(
      page,
      /epoll \(the reference\): failed — the server exited with status 1; therefore there is no ratio/,
    );
  });
  await t.test('charts without figures are written with their notes', () => {
    assert.match(charts['idle_cpu.svg'], /No cell of this run has data for this chart/);
    assert.match(charts['idle_cpu.svg'], /epoll: failed — the server exited with status 1/);
  });
  await t.test('a median without interval is a dot without a line', () => {
    assert.equal(countMarks(charts['cpu_per_request.svg'], 'median'), 1);
    assert.equal(countMarks(charts['cpu_per_request.svg'], 'interval'), 0);
    assert.equal(countMarks(charts['cpu_per_request.svg'], 'restarts'), 1);
  });
  await t.test('a line ends at its last percentile', () => {
    assert.equal(countMarks(charts['percentiles.svg'], 'point'), 2);
  });
});

test('hostile text', async (t) => {
  const { page, charts } = reportOn('hostile', t);

  await t.test('is shown as text', () => {
    assert.ok(page.includes('headline &lt;/script&gt;&lt;script&gt;alert(&quot;1&quot;)'));
    assert.ok(charts['cpu_per_request.svg'].includes('A &lt;/script&gt;'));
  });
  await t.test('is truncated to 200 characters', () => {
    assert.ok(page.includes(`${'x'.repeat(199)}…`));
    assert.ok(!page.includes('x'.repeat(200)));
  });
  await t.test('unprintable characters are removed', () => {
    assert.doesNotMatch(page, /[\u0000\u202e\ufffd]/);
  });
});
