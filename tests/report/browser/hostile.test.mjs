// Malicious text in a run is shown as text and has no other effect.

import assert from 'node:assert/strict';
import test from 'node:test';

import { withPage } from './chromium.mjs';
import { broken, reportOn, withMore, withoutPolicy } from './reports.mjs';

// Code in the fixture sets a property of the window, which the tests check; a name is longer.
const edit = (text) =>
  text.replaceAll('alert(', 'window.injected=(').replaceAll('x'.repeat(5000), 'x'.repeat(10000));
const hostile = () => reportOn('hostile', { as: 'armed', edit });

/// In the page: the effects that the hostile text would have as markup.
async function effects() {
  await new Promise((done) => setTimeout(done, 50));
  return {
    injected: typeof window.injected,
    images: document.querySelectorAll('img').length,
    scripts: [...document.scripts].filter(({ text }) => text.includes('injected')).length,
    handlers: document.querySelectorAll('[onerror], [onload], [onclick]').length,
  };
}

const visit = (file) =>
  withPage(file, {}, async ({ page, messages, requests }) => ({
    effects: await page.evaluate(effects),
    text: await page.evaluate(() => document.body.textContent),
    tags: await page.evaluate(() => [
      ...new Set([...document.querySelectorAll('*')].map(({ tagName }) => tagName)),
    ]),
    messages,
    requests,
  }));
const NO_EFFECTS = { injected: 'undefined', images: 0, scripts: 0, handlers: 0 };

test('hostile text is shown as text only', async () => {
  const { page: file } = await hostile();
  const { effects: found, text, messages, requests } = await visit(file);
  assert.deepEqual(
    { found, messages, requests },
    { found: NO_EFFECTS, messages: [], requests: [] },
  );
  for (const label of ['headline', 'reason', 'warning', 'title', 'verdict'])
    assert.ok(text.includes(`${label} </script><script>window.injected=("1")</script><img`), label);
  assert.ok(text.includes(`${'x'.repeat(199)}…`), 'a long name is truncated');
  assert.ok(!text.includes('x'.repeat(201)));
  assert.doesNotMatch(text, /[\u0000\u202e\ufffd]/);
});

test('hostile text adds no other elements than a harmless run', async () => {
  const { page: file } = await hostile();
  const harmless = await Promise.all(['seven_models', 'reference'].map((name) => reportOn(name)));
  const hostileTags = (await visit(file)).tags;
  const known = [];
  for (const { page } of harmless) known.push(...(await visit(page)).tags);
  assert.ok(hostileTags.length > 20);
  assert.deepEqual(
    hostileTags.filter((tag) => !known.includes(tag)),
    [],
  );
});

test('the checks detect hostile text that has an effect', async () => {
  const { html } = await hostile();
  const escaped = '&lt;/script&gt;&lt;script&gt;window.injected=(&quot;1&quot;)&lt;/script&gt;';
  const script = broken(withoutPolicy(html), (page) =>
    page.replace(`headline ${escaped}`, '<script>window.injected=("1")</script>'),
  );
  assert.equal((await visit(script)).effects.injected, 'string');
  const image = broken(withoutPolicy(html), (page) =>
    withMore(page, '<img alt="" src="data:," onerror="window.injected=(2)">'),
  );
  assert.deepEqual((await visit(image)).effects, {
    injected: 'number',
    images: 1,
    scripts: 0,
    handlers: 1,
  });
});
