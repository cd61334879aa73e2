// Sections of the page and the smaller SVG. Needs no installed package.

import assert from 'node:assert/strict';
import test from 'node:test';

import { adviceOf, adviceSentences } from '../../scripts/report/advice.mjs';
import { answer } from '../../scripts/report/sections/answer.mjs';
import { cells } from '../../scripts/report/sections/cells.mjs';
import { claims, firstSentences } from '../../scripts/report/sections/claims.mjs';
import { comparisons } from '../../scripts/report/sections/comparisons.mjs';
import { environment } from '../../scripts/report/sections/environment.mjs';
import { figures, plain } from '../../scripts/report/sections/figures.mjs';
import { trust } from '../../scripts/report/sections/trust.mjs';
import { minifySvg, rounded, withModels } from '../../scripts/report/svg.mjs';
import { tablesOf } from '../../scripts/report/tables.mjs';
import { sentences, slug, uniqueSlugs } from '../../scripts/report/text.mjs';
import { fixtureRun, textsOf } from './helpers.mjs';

const HOSTILE = '</script><b>&"';
const runnerUp = (contestant, ratio, verdict) => ({
  contestant,
  ratio,
  ci95: [ratio - 0.01, ratio + 0.01],
  verdict,
});
const DECIDED = {
  situation: 'many',
  question: 'Many connections: who?',
  metric: 'server.cpu_ns_per_request',
  best_mean: 'epoll',
  winner: 'epoll',
  ties: ['select'],
  not_significant: [],
  too_few_restarts: [],
  margin: { than: 'threaded', ratio: 1.5, ci95: [1.4, 1.6] },
  runners_up: [runnerUp('threaded', 1.5, 'worse')],
  out: [{ contestant: 'blocking', reason: 'serves one at a time' }],
  missing: ['churn'],
  against: ['epoll: costs something', `threaded: ${HOSTILE}`],
  undecided_reason: null,
};
const OPEN = {
  ...DECIDED,
  situation: 'few',
  winner: null,
  best_mean: 'busy_poll',
  ties: [],
  not_significant: ['epoll'],
  too_few_restarts: [],
  margin: null,
  runners_up: [runnerUp('epoll', 1.02, 'not_significant')],
  undecided_reason: 'busy_poll has the best mean, but the difference to epoll is not significant.',
};
const EMPTY = {
  ...OPEN,
  best_mean: null,
  runners_up: [],
  not_significant: [],
  too_few_restarts: [],
  undecided_reason: 'No contestant has figures.',
};

const SEVERAL = { ...OPEN, group: ['busy_poll', 'epoll'] };

const runWith = (extra) => ({ ...fixtureRun('seven_models'), ...extra });
const pageOf = (section, run) => `${section(run, tablesOf(run))}`;

test('the first sentences count decided, open and empty situations', () => {
  const sentencesOf = (advice) => adviceSentences(adviceOf({ advice }));
  assert.deepEqual(sentencesOf([]), []);
  assert.deepEqual(sentencesOf([DECIDED, OPEN, EMPTY]), [
    'This run decides 1 of 3 situations. Best: epoll (1).',
    'Not decided: 1 situation; best figures: busy_poll (1), without a significant difference to the next.',
    '1 situation has no figures to rank.',
  ]);
  assert.equal(
    sentencesOf([SEVERAL])[1],
    '1 more situation has several models that do not differ significantly and are better than all others; best figures: busy_poll (1).',
  );
  assert.match(
    sentencesOf([OPEN, OPEN])[0],
    /^In none of 2 situations is one model significantly better than all others/,
  );
});

test('the advice has winner, ties, margin with interval and drawbacks', () => {
  const page = pageOf(answer, runWith({ advice: [DECIDED, OPEN, EMPTY] }));
  const rows = page
    .match(/<table class="advice stack">.*?<\/table>/s)[0]
    .split('<tr>')
    .slice(2);
  assert.equal(rows.length, 3);
  const [decided, open, empty] = rows.map((row) => textsOf(row).join(' '));
  assert.match(
    decided,
    /epoll tie with select 1\.500× 1\.400× – 1\.600× next: threaded costs something/,
  );
  assert.match(open, /not decided best figure: busy_poll not significant: epoll/);
  assert.match(open, /1\.020× 1\.010× – 1\.030× nearest: epoll/);
  assert.match(empty, /not decided No contestant has figures\. no other contestant/);
  assert.ok(page.includes('Not in this run: churn.'));
  assert.ok(page.includes('serves one at a time'));
  assert.ok(page.includes('threaded: &lt;/script&gt;&lt;b&gt;&amp;&quot;'));
});

test('the advice names all best models that do not differ significantly', () => {
  const page = pageOf(answer, runWith({ advice: [SEVERAL] }));
  const words = textsOf(page.match(/<table class="advice stack">.*?<\/table>/s)[0]).join(' ');
  assert.match(words, /one of 2 busy_poll epoll not significantly different from the best/);
});

test('too few restarts are shown, without a rank', () => {
  const few = {
    ...OPEN,
    not_significant: [],
    too_few_restarts: ['epoll'],
    runners_up: [runnerUp('epoll', 1.02, 'too_few_restarts')],
  };
  const page = pageOf(answer, {
    ...runWith({ advice: [few] }),
    rankings: [
      {
        workload: fixtureRun('seven_models').workloads[0].name,
        metric: 'server.cpu_ns_per_request',
        ranked: [
          { rank: null, contestant: 'epoll', ratio: 1, reason: 'too_few_restarts' },
          { rank: null, contestant: 'select', ratio: 2.6, reason: 'too_few_restarts' },
        ],
        unranked: [],
      },
    ],
  });
  const words = textsOf(page).join(' ');
  assert.match(words, /best figure: busy_poll too few restarts: epoll/);
  assert.match(words, /– too few restarts epoll 1\.000× select 2\.600×/);
});

test('advice of an earlier version is read', () => {
  const old = { ...OPEN, not_told_apart: ['epoll'] };
  delete old.not_significant;
  delete old.too_few_restarts;
  const words = textsOf(pageOf(answer, runWith({ advice: [old] }))).join(' ');
  assert.match(words, /busy_poll not significant: epoll/);
});

test('the control is one line, with a warning if it differs', () => {
  const text = 'A/A control: epoll against itself, 2 comparisons';
  const run = { ...runWith({}), control: { text, warning: 'do not trust this run' } };
  for (const section of [(r, t) => trust(r, t), (r, t) => comparisons(t)]) {
    const words = textsOf(pageOf(section, run)).join(' ');
    assert.match(words, /epoll against itself, 2 comparisons\. Warning: do not trust this run\./);
  }
  assert.ok(!pageOf(trust, runWith({})).includes('A/A control:'));
});

test('claims that hold by design are counted separately', () => {
  const claim = (id, verdict, kind) => ({ ...CLAIM, id, verdict, kind });
  const run = runWith({
    claims: [
      claim('a', 'confirmed', 'measured'),
      claim('b', 'confirmed', 'by_design'),
      claim('c', 'not_tested', 'by_design'),
    ],
  });
  const words = textsOf(pageOf(claims, run)).join(' ');
  assert.match(words, /2 of 3 claims decided: 1 measured, 1 by design\./);
  assert.ok(!pageOf(claims, runWith({ claims: [CLAIM] })).includes('by design'));
});

test('a run without advice has a note and its rankings', () => {
  const page = pageOf(answer, runWith({}));
  assert.match(page, /contains no advice/);
  assert.match(page, /<details open><summary>Rankings/);
});

const CLAIM = {
  id: 'a claim',
  statement: `One \`select\` ${HOSTILE}.`,
  verdict: 'not_tested',
  text: 'Not tested: no cell.',
  evidence: [
    { cell: 'busy/epoll', metric: 'm', value: 5200, ci95: [5100, 5300], unit: 'ns' },
    { cell: 'busy/select', metric: 'm', value: 3, ci95: null, unit: 'connections' },
  ],
  reproduce: 'sockbench run --claim a --out RUN <b>',
};

test('a claim has verdict, figures with intervals, and the command from run.json', () => {
  const page = `${claims({ claims: [CLAIM, { ...CLAIM, verdict: 'refuted', reproduce: undefined }] })}`;
  const texts = textsOf(page).join(' ');
  assert.match(texts, /0 confirmed 1 refuted 0 inconclusive 1 not tested/);
  assert.match(texts, /not tested One select &lt;\/script&gt;/);
  assert.match(texts, /busy\/epoll m 5\.20 µs 5\.10 µs – 5\.30 µs/);
  assert.match(texts, /busy\/select m 3\.00 connections none/);
  assert.ok(page.includes('<code>sockbench run --claim a --out RUN &lt;b&gt;</code>'));
  assert.equal(page.match(/not in this run\.json/g).length, 1);
  assert.match(page, /id="claim-a-claim".*id="claim-a-claim-2"/s);
  assert.match(`${claims({})}`, /tested no claims/);
});

test('a long finding is split after its first sentences', () => {
  const text = `First 1.26 times. ${'x'.repeat(50)}. Third one. \`d\` is last.`;
  assert.deepEqual(firstSentences(text, 1000), { shown: text, rest: '' });
  const { shown, rest } = firstSentences(text, 40);
  assert.equal(shown, `First 1.26 times. ${'x'.repeat(50)}.`);
  assert.equal(`${shown} ${rest}`, text);
  assert.deepEqual(firstSentences('', 10), { shown: '', rest: '' });
});

test('names in backquotes are escaped code', () => {
  assert.equal(`${sentences('a `b<` c')}`, 'a <code>b&lt;</code> c');
  assert.equal(`${sentences('a `b')}`, 'a `b');
});

test('ids are simple and unique', () => {
  assert.equal(slug('Epoll #2 <x>'), 'epoll-2-x');
  assert.deepEqual(uniqueSlugs(['a', 'A', '…', '?', 'a-2']), [
    'a',
    'a-2',
    'unnamed',
    'unnamed-2',
    'a-2-2',
  ]);
});

test('every cell has a row with its raw figures and an id', () => {
  const run = fixtureRun('seven_models');
  const page = `${cells(tablesOf(run))}`;
  assert.equal(page.match(/<tr id="cell-[a-z0-9-]+" data-row>/g).length, run.cells.length);
  const [{ contestant, workload, achieved_rps: rps }] = run.cells;
  const row = page.match(
    new RegExp(`<tr id="cell-${slug(`${contestant} ${workload}`)}".*?</tr>`, 's'),
  )[0];
  const [median, low, high] = row
    .match(/data-value="([\d. ]+)"/)[1]
    .split(' ')
    .map(Number);
  assert.ok(Math.abs(median / rps.median - 1) < 1e-6);
  assert.ok(Math.abs(low / rps.ci95[0] - 1) < 1e-6 && Math.abs(high / rps.ci95[1] - 1) < 1e-6);
});

test('contestants paused between slices are one row per workload', () => {
  const entry = (workload, contestant) => ({ workload, contestant });
  const run = fixtureRun('seven_models');
  const list = [entry('busy', 'epoll'), entry('many', 'select'), entry('busy', 'select')];
  run.plan.paused_between_slices = list;
  const page = pageOf(environment, run);
  assert.match(page, /Paused between slices in 2 workloads/);
  const rows = page.match(/aria-label="Paused between slices".*?<\/table>/s)[0].split('<tr>');
  assert.deepEqual(rows.slice(2).map(textsOf), [
    ['Busy', 'epoll', 'select'],
    ['Many', 'select'],
  ]);
  delete run.plan.paused_between_slices;
  assert.doesNotMatch(pageOf(environment, run), /Paused between/);
});

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" class="marks" width="10" height="10"><g fill="none" ' +
  'transform="translate(0,0)"><g class="mark-symbol role-mark dots_marks" ' +
  'role="graphics-object"><path aria-label="epoll: 3" role="graphics-symbol" ' +
  'aria-roledescription="x" transform="translate(1.23456,2)" ' +
  'd="M1.581,0A1.581,1.581,0,1,1,-1.581,0A1.581,1.581,0,1,1,1.581,0" fill="#000" ' +
  'stroke-width="2" opacity="1"/><path aria-label="epoll: edge: 4" role="graphics-symbol" ' +
  'transform="translate(2,2)" d="M1.581,0A1.581,1.581,0,1,1,-1.581,0A1.581,1.581,0,1,1,1.581,0" ' +
  'fill="#000" stroke-width="2" opacity="0.5"/></g><g class="mark-text role-axis-label"><text ' +
  'font-family="F" font-size="11px" fill="#000">epoll</text><text font-family="F" ' +
  'font-size="11px" fill="#000" opacity="0">hidden</text></g><path class="background" ' +
  'aria-hidden="true" d="M0,0h1"/><path class="foreground" d="" display="none"/></g></svg>';

test('the smaller SVG is equivalent', () => {
  assert.equal(
    minifySvg(SVG, 'F'),
    '<svg xmlns="http://www.w3.org/2000/svg" class="marks" width="10" height="10"><g ' +
    'fill="none"><g class="mark-symbol role-mark dots_marks" fill="#000"><circle ' +
    'aria-label="epoll: 3" role="img" cx="1.23" cy="2" r="1.58"/><circle aria-label="epoll: ' +
    'edge: 4" opacity="0.5" role="img" cx="2" cy="2" r="1.58"/></g><g class="mark-text ' +
    'role-axis-label"><text font-size="11" fill="#000">epoll</text></g></g></svg>',
  );
  for (const [text, short] of [
    ['M1.005,-0.0001L3,.5', 'M1,0L3,0.5'],
    ['translate(12.999,1e3)', 'translate(13,1e3)'],
    ['1.5e-7,2', '0,2'],
  ]) {
    assert.equal(rounded(text), short);
  }
});

test('marks and texts have their contestant; the longest matching label is used', () => {
  const marked = withModels(minifySvg(SVG, 'F'), ['epoll', 'epoll: edge', 'select']);
  const models = [...marked.matchAll(/data-model="([^"]*)"/g)].map(([, model]) => model);
  assert.deepEqual(models, ['epoll', 'epoll: edge', 'epoll']);
  assert.doesNotMatch(withModels(minifySvg(SVG, 'F'), ['epo']), /data-model/);
});

const chartWith = (extra) => ({
  id: 'made',
  title: 'Made',
  better: null,
  caption: 'What it shows.',
  panels: [],
  variants: [],
  ...extra,
});
const panelWith = (extra) => ({
  workload: { title: 'Busy', condition: 'closed loop' },
  notes: [],
  svg: SVG,
  width: 340,
  height: 10,
  ...extra,
});

test('a chart has a data table, with missing figures as n/a', () => {
  const data = {
    columns: [{ text: 'Contestant' }, { text: 'ns', isNumber: true }],
    rows: [
      ['epoll', 1234.56789],
      [HOSTILE, null],
    ],
  };
  const page = `${figures([chartWith({ panels: [panelWith({ data }), panelWith()] })], tablesOf(fixtureRun('gaps')))}`;
  assert.equal(page.match(/<details class="data">/g).length, 1);
  assert.match(page, /<th scope="row">epoll<\/th><td class="figure">1234\.57<\/td>/);
  assert.match(page, /<th scope="row">&lt;\/script&gt;.*?<td class="figure">n\/a<\/td>/);
  assert.equal(plain(0.000123456789), '0.000123457');
  assert.equal(plain(20000000), '20000000');
});

test('a wide panel has the full width', () => {
  const panels = [panelWith(), panelWith({ width: 700 })];
  const page = `${figures([chartWith({ panels })], tablesOf(fixtureRun('gaps')))}`;
  assert.deepEqual(
    [...page.matchAll(/<div class="(panel[^"s]*)"/g)].map(([, name]) => name),
    ['panel', 'panel wide'],
  );
});

test('a chart with two scales has a switch, and shows the first scale', () => {
  const variants = ['log', 'linear'].map((scale) => ({ scale, panels: [panelWith()] }));
  const page = `${figures([chartWith({ variants, panels: variants[0].panels })], tablesOf(fixtureRun('gaps')))}`;
  assert.deepEqual(
    [...page.matchAll(/data-scale="(\w+)" aria-pressed="(\w+)"/g)].map(([, ...pair]) => pair),
    [
      ['log', 'true'],
      ['linear', 'false'],
    ],
  );
  assert.deepEqual(
    [...page.matchAll(/data-variant="(\w+)"( hidden)?/g)].map(([, scale, hidden]) => [
      scale,
      !!hidden,
    ]),
    [
      ['log', false],
      ['linear', true],
    ],
  );
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
});
