// The page as a file: it sends no requests, logs no messages, and opens fast.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import test from 'node:test';

import { withPage } from './chromium.mjs';
import { broken, reportOn, withMore, withoutPolicy, written } from './reports.mjs';

const MAX_BYTES = 3e6;
const MAX_MS = 1000;
const ATTEMPTS = 8; // on a busy machine some attempts are slow
// A simple table with about the same load time. If it takes longer than TABLE_MS the machine is
// slow, and the limit for the page is extended in proportion.
const TABLE_ROWS = 15_000;
const TABLE_MS = 700;
const SECTIONS = ['answer', 'trust', 'charts', 'cells', 'comparisons', 'method', 'environment'];

const visit = (file, options = {}) =>
  withPage(file, options, async ({ page, requests, messages }) => {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done())));
    return { requests, messages };
  });

for (const name of ['seven_models', 'gaps', 'hostile', 'reference']) {
  test(`${name}: opens from a file without requests, warnings or errors`, async () => {
    const { page: file } = await reportOn(name);
    assert.deepEqual(await visit(file), { requests: [], messages: [] });
  });
}

test('the checks detect a request, a warning and an error', async () => {
  const { html } = await reportOn('gaps');
  const breaks = {
    'http://127.0.0.1:9/x.png': '<img alt="" src="http://127.0.0.1:9/x.png">',
    'http://127.0.0.1:9/x.css': '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
  };
  for (const [address, more] of Object.entries(breaks)) {
    const { requests } = await visit(broken(withoutPolicy(html), (page) => withMore(page, more)));
    assert.deepEqual(requests, [address]);
  }
  const { messages } = await visit(
    broken(withoutPolicy(html), (page) =>
      withMore(page, '<script>console.warn("one"); console.error("two"); missing();</script>'),
    ),
  );
  assert.deepEqual(messages.slice(0, 2), ['one', 'two']);
  assert.match(messages[2], /^page error: .*missing/);
});

test('the policy of the page blocks other scripts, with a message', async () => {
  const { html } = await reportOn('gaps');
  const file = broken(html, (page) => withMore(page, '<script>window.ran = true</script>'));
  await withPage(file, {}, async ({ page, messages }) => {
    assert.equal(await page.evaluate(() => window.ran), undefined);
    assert.match(messages.join(), /Content Security Policy/);
  });
});

/// Milliseconds from the start of loading to the end of the load event.
const loadTime = (file) =>
  withPage(file, {}, ({ page }) =>
    page.evaluate(async () => {
      const [entry] = performance.getEntriesByType('navigation');
      while (entry.loadEventEnd === 0) await new Promise((done) => setTimeout(done, 1));
      return entry.loadEventEnd;
    }),
  );

/// The limit of the load time in ms for the current speed of this machine.
async function maxMs() {
  const row = '<tr><td>a contestant</td><td>12.3</td><td>some text of a cell</td></tr>';
  const table = `<!doctype html><meta charset="utf-8"><title>A table</title>
<table>${row.repeat(TABLE_ROWS)}</table>`;
  return MAX_MS * Math.max(1, (await loadTime(written(table))) / TABLE_MS);
}

/// The reason why all attempts to open a page were too slow; null if one was fast enough.
async function tooSlow(file, limit = maxMs) {
  let reason = null;
  for (let turn = 0; turn < ATTEMPTS; turn += 1) {
    const ms = await loadTime(file);
    if (ms <= MAX_MS) return null;
    const max = await limit();
    if (ms <= max) return null;
    reason = `${ms} ms, more than the limit of ${max} ms`;
  }
  return reason;
}

test('the page of a complete run opens within a second and is at most 3 MB', async () => {
  const { page: file } = await reportOn('reference');
  assert.ok(statSync(file).size <= MAX_BYTES, `${statSync(file).size} bytes`);
  assert.equal(await tooSlow(file), null);
});

test('the checks detect a slow page', async () => {
  const { html } = await reportOn('gaps');
  const slow = `<script>const end = performance.now() + ${MAX_MS};
while (performance.now() < end);</script>`;
  const file = broken(withoutPolicy(html), (page) => withMore(page, slow));
  assert.match(await tooSlow(file, () => MAX_MS), /more than the limit/);
});

test('the page has all sections in order', async () => {
  const { page: file, run } = await reportOn('reference');
  const expected = [
    ...SECTIONS.slice(0, 2),
    ...(run.claims ? ['claims'] : []),
    ...SECTIONS.slice(2),
  ];
  const found = await withPage(file, {}, ({ page }) =>
    page.$$eval('main > section', (all) => all.map(({ id }) => id)),
  );
  assert.deepEqual(
    found.filter((id) => expected.includes(id)),
    expected,
  );
});
