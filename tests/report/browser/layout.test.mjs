// Charts and tables on a phone, a laptop and a large screen: labels do not overlap and are not cut
// off, and the page does not scroll sideways.

import assert from 'node:assert/strict';
import test from 'node:test';

import { withPage } from './chromium.mjs';
import { broken, reportOn, withMore } from './reports.mjs';

const WIDTHS = [375, 1024, 1920];
const TOLERANCE = 1; // px by which boxes of labels may overlap
const REPORTS = ['seven_models', 'gaps', 'hostile', 'reference'];

/// In the page: labels of pictures that overlap or exceed their picture, as sentences.
function labelFaults(tolerance) {
  const faults = [];
  const seen = { visibilityProperty: true, opacityProperty: true };
  const isShown = (node) => node.checkVisibility(seen);
  const boxesOf = (svg) =>
    [...svg.querySelectorAll('text')]
      .filter((node) => node.textContent.trim() !== '' && isShown(node))
      .map((node) => ({ text: node.textContent.trim(), box: node.getBoundingClientRect() }));
  const overlap = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > tolerance &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > tolerance;
  const exceeds = (inner, outer) =>
    inner.left < outer.left - tolerance ||
    inner.right > outer.right + tolerance ||
    inner.top < outer.top - tolerance ||
    inner.bottom > outer.bottom + tolerance;
  for (const svg of document.querySelectorAll('svg:not(svg svg)')) {
    if (!isShown(svg)) continue;
    const name = svg.closest('.panel')?.querySelector('h4')?.textContent.trim().slice(0, 30) ?? '';
    const where = `${svg.closest('figure')?.id ?? 'page'} ${name}`.replace(/\s+/g, ' ');
    const labels = boxesOf(svg);
    const frame = svg.getBoundingClientRect();
    labels.forEach(({ text, box }, index) => {
      if (exceeds(box, frame)) faults.push(`${where}: "${text}" is cut off`);
      for (const other of labels.slice(index + 1)) {
        if (overlap(box, other.box)) faults.push(`${where}: "${text}" overlaps "${other.text}"`);
      }
    });
  }
  return faults;
}

/// The width in px by which the page exceeds its window.
const excessWidth = () =>
  document.scrollingElement.scrollWidth - document.documentElement.clientWidth;

const faultsAt = (file, width) =>
  withPage(file, { width }, async ({ page }) => {
    const labels = await page.evaluate(labelFaults, TOLERANCE);
    return { labels, wide: await page.evaluate(excessWidth) };
  });

for (const name of REPORTS) {
  test(`${name}: labels do not overlap and are not cut off, no sideways scrolling`, async (t) => {
    const { page: file } = await reportOn(name);
    for (const width of WIDTHS) {
      await t.test(`${width} px`, async () => {
        assert.deepEqual(await faultsAt(file, width), { labels: [], wide: 0 });
      });
    }
  });
}

test('the checks detect overlapping labels, a label that is cut off, and a wide page', async () => {
  const { html } = await reportOn('gaps');
  const picture = `<svg width="200" height="60" viewBox="0 0 200 60">
<text x="10" y="20" font-size="11">first</text><text x="14" y="26" font-size="11">second</text>
<text x="10" y="52" font-size="11">apart</text>
<text x="190" y="15" font-size="11">beyond</text></svg>`;
  const covered = await faultsAt(
    broken(html, (page) => withMore(page, picture)),
    1024,
  );
  assert.deepEqual(covered, {
    labels: ['page : "first" overlaps "second"', 'page : "beyond" is cut off'],
    wide: 0,
  });
  const wide = broken(html, (page) => withMore(page, '<div style="width:1200px">wide</div>'));
  assert.ok((await faultsAt(wide, 1024)).wide > 100);
});

test('the estimated width of text in charts is sufficient', async () => {
  const { maxTextWidth } = await import('../../../scripts/report/theme.mjs');
  const { page: file, run } = await reportOn('reference');
  const names = run.contestants.map(({ name }) => name);
  const figures = ['reference', '12.345×', '1,234 µs', '0.999×', '100 %'];
  const widths = await withPage(file, {}, ({ page }) =>
    page.evaluate(
      (texts) => {
        const context = document.createElement('canvas').getContext('2d');
        context.font = '11px "Liberation Sans"';
        return texts.map((text) => context.measureText(text).width);
      },
      [...names, ...figures],
    ),
  );
  [...names, ...figures].forEach((text, index) => {
    assert.ok(widths[index] > 0);
    assert.ok(widths[index] <= maxTextWidth([text]), `${text}: ${widths[index]} px`);
  });
});
