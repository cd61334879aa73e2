// What axe-core finds, and the contrast of the texts in pictures, which it does not look at.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';

import { withPage } from './chromium.mjs';
import { broken, reportOn, withMore } from './reports.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LEAST_CONTRAST = 4.5;
const SCHEMES = ['light', 'dark'];
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']; // what a dark page can break

/// What axe-core has against a page, one line for each kind; without `rules` it tries them all.
const violations = (file, scheme, rules) =>
  withPage(file, { scheme }, async ({ page }) => {
    await page.evaluate(AXE);
    const { passes, lines } = await page.evaluate(async (runOnly) => {
      const options = { resultTypes: ['violations'], ...(runOnly && { runOnly }) };
      const found = await window.axe.run(options);
      const line = ({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)} (${nodes.length})`;
      return { passes: found.passes.length, lines: found.violations.map(line) };
    }, rules);
    assert.ok(passes >= (rules ? 1 : 10), `only ${passes} rules had anything to look at`);
    return lines;
  });

/// In the page: texts of pictures whose colour is too near to what is behind the picture.
function paleLabels(least) {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) =>
    [r, g, b]
      .map((value) => value / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
  const paperOf = (node) => {
    for (let outer = node; outer; outer = outer.parentElement) {
      const paper = channels(getComputedStyle(outer).backgroundColor);
      if (paper.length === 3 || paper[3] > 0) return paper;
    }
    return [255, 255, 255];
  };
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const seen = { visibilityProperty: true, opacityProperty: true };
  const isShown = (node) => node.checkVisibility(seen);
  const labels = [...document.querySelectorAll('svg text')].filter(isShown);
  const pale = labels.filter((node) => {
    const ink = channels(getComputedStyle(node).fill);
    return contrast(ink, paperOf(node.ownerSVGElement)) < least;
  });
  return { count: labels.length, pale: [...new Set(pale.map(({ textContent }) => textContent))] };
}

const labelsOf = (file, scheme) =>
  withPage(file, { scheme }, ({ page }) => page.evaluate(paleLabels, LEAST_CONTRAST));

/// A run of a few workloads that has every chart: axe-core takes long over long tables.
function ofFewWorkloads(text) {
  const run = JSON.parse(text);
  const modes = ['closed_loop', 'open_loop', 'idle'];
  run.workloads = modes.map((wanted) => run.workloads.find(({ mode }) => mode === wanted));
  const names = run.workloads.map(({ name }) => name);
  for (const list of ['cells', 'comparisons', 'rankings'])
    run[list] = run[list].filter(({ workload }) => names.includes(workload));
  return JSON.stringify(run);
}
const FEW = { as: 'few_workloads', edit: ofFewWorkloads };

for (const [name, options] of [['seven_models', FEW], ['gaps'], ['hostile']]) {
  test(`${name}: axe-core finds nothing`, async () => {
    const { page: file } = await reportOn(name, options);
    assert.deepEqual(await violations(file, 'light'), []);
  });
}

test('seven_models, dark: axe-core finds nothing', async () => {
  const { page: file } = await reportOn('seven_models', FEW);
  assert.deepEqual(await violations(file, 'dark', COLOUR_RULES), []);
});

for (const scheme of SCHEMES) {
  test(`the texts in charts stand out, ${scheme}`, async () => {
    const { page: file } = await reportOn('reference');
    const { count, pale } = await labelsOf(file, scheme);
    assert.ok(count > 500, `${count} texts`);
    assert.deepEqual(pale, []);
  });
}

test('a picture without a name, a pale text and a pale label would be noticed', async () => {
  const { html } = await reportOn('gaps');
  const file = broken(html, (page) =>
    withMore(
      page,
      `<main><svg role="img" width="50" height="20"><text y="9" fill="#aaaaaa">pale</text></svg>
<p style="color:#aaa;background:#fff">pale</p></main>`,
    ),
  );
  const found = (await violations(file, 'light')).map((line) => line.split(':')[0]);
  for (const id of ['svg-img-alt', 'color-contrast', 'landmark-no-duplicate-main'])
    assert.ok(found.includes(id), `${id} is not among ${found}`);
  assert.deepEqual((await labelsOf(file, 'light')).pale, ['pale']);
});

test('dark ink on a dark page would be noticed', async () => {
  const { html } = await reportOn('gaps');
  const file = broken(html, (page) => page.replace(/\[fill="#[0-9a-f]{6}"\]\{fill:[^}]*\}/g, ''));
  assert.ok((await labelsOf(file, 'dark')).pale.length > 3);
  assert.deepEqual((await labelsOf(file, 'light')).pale, []);
});
