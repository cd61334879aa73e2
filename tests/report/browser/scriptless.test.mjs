// Without JavaScript all content is visible, and no controls.

import assert from 'node:assert/strict';
import test from 'node:test';

import { withPage } from './chromium.mjs';
import { broken, reportOn, withMore } from './reports.mjs';

/// In the page: hidden sections and figures by id, and visible controls, which need a script.
function hiddenAndDead() {
  const isShown = (node) =>
    node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    node.getBoundingClientRect().height > 0;
  const ids = (nodes) => nodes.map((node) => node.id || node.tagName);
  const content = [...document.querySelectorAll('main > section, main figure, figure svg')];
  const variants = content.filter((node) => !node.closest('[data-variant][hidden]'));
  const controls = [...document.querySelectorAll('button, input, select, [role="tooltip"]')];
  return {
    seen: variants.filter(isShown).length,
    hidden: ids(variants.filter((node) => !isShown(node))),
    dead: ids(controls.filter(isShown)),
    scripts: typeof window.ran,
  };
}

const look = (file) =>
  withPage(file, { hasScript: false }, ({ page }) => page.evaluate(hiddenAndDead));

for (const name of ['seven_models', 'gaps', 'reference']) {
  test(`${name}: without JavaScript all content is visible, and no controls`, async () => {
    const { page: file, html } = await reportOn(name);
    const { seen, hidden, dead } = await look(file);
    const sections = html.match(/<section id=/g).length;
    const figures = html.match(/<figure /g).length;
    assert.ok(figures >= 5 && seen >= sections + figures, `${seen} of ${sections} + ${figures}`);
    assert.deepEqual({ hidden, dead }, { hidden: [], dead: [] });
  });
}

test('the checks detect a hidden section, a hidden figure and a visible control', async () => {
  const { html } = await reportOn('gaps');
  const file = broken(html, (page) =>
    withMore(
      page.replace('<section id="trust">', '<section id="trust" hidden>'),
      `<style>figure[id$="idle_cpu"] { display: none }</style>
<button id="dead">Sort</button><script>window.ran = true</script>`,
    ),
  );
  const { hidden, dead, scripts } = await look(file);
  assert.ok(hidden.includes('trust') && hidden.some((id) => id.endsWith('idle_cpu')), `${hidden}`);
  assert.deepEqual(dead, ['dead']);
  assert.equal(scripts, 'undefined', 'scripts are disabled');
});
