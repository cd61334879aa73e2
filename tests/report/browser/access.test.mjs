// Accessibility: axe-core, and the contrast of text in pictures, which axe-core does not check.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';

import { withPage } from './chromium.mjs';
import { broken, reportOn, withMore } from './reports.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MIN_CONTRAST = 4.5;
const SCHEMES = ['light', 'dark'];
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']; // rules that depend on the theme

/// The violations that axe-core finds in a page, one line per rule; without `rules` it checks all.
const violations = (file, scheme, rules) =>
  withPage(file, { scheme }, async ({ page }) => {
    await page.evaluate(AXE);
    const { passes, lines } = await page.evaluate(async (runOnly) => {
      const options = { resultTypes: ['violations'], ...(runOnly && { runOnly }) };
      const found = await window.axe.run(options);
      const line = ({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)} (${nodes.length})`;
      return { passes: found.passes.length, lines: found.violations.map(line) };
    }, rules);
    assert.ok(passes >= (rules ? 1 : 10), `only ${passes} rules were applicable`);
    return lines;
  });

/// In the page: texts of pictures with too little contrast to the background.
function paleLabels(minContrast) {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) =>
    [r, g, b]
      .map((value) => value / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
  const backgroundOf = (node) => {
    for (let outer = node; outer; outer = outer.parentElement) {
      const colour = channels(getComputedStyle(outer).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
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
    return contrast(ink, backgroundOf(node.ownerSVGElement)) < minContrast;
  });
  return { count: labels.length, pale: [...new Set(pale.map(({ textContent }) => textContent))] };
}

const labelsOf = (file, scheme) =>
  withPage(file, { scheme }, ({ page }) => page.evaluate(paleLabels, MIN_CONTRAST));

/// A run with all charts but few workloads, since axe-core is slow on long tables.
function ofFewWorkloads(text) {
  const run = JSON.parse(text);
  const modes = ['closed_loop', 'open_loop', 'idle'];
  run.workloads = modes.map((name) => run.workloads.find(({ mode }) => mode === name));
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
  test(`texts in charts have enough contrast, ${scheme}`, async () => {
    const { page: file } = await reportOn('reference');
    const { count, pale } = await labelsOf(file, scheme);
    assert.ok(count > 500, `${count} texts`);
    assert.deepEqual(pale, []);
  });
}

test('the checks detect a picture without a name, pale text and a pale label', async () => {
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

test('the checks detect dark text on a dark page', async () => {
  const { html } = await reportOn('gaps');
  const file = broken(html, (page) => page.replace(/\[fill="#[0-9a-f]{6}"\]\{fill:[^}]*\}/g, ''));
  assert.ok((await labelsOf(file, 'dark')).pale.length > 3);
  assert.deepEqual((await labelsOf(file, 'light')).pale, []);
});
