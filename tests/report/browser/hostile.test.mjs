// A run whose texts mean harm: they are shown as text, and nothing of them comes to life.

import assert from 'node:assert/strict';
import test from 'node:test';

import { withPage } from './chromium.mjs';
import { broken, reportOn, withMore, withoutPolicy } from './reports.mjs';

// What the fixture would have run, with an effect that a window remembers; and a longer name.
const edit = (text) =>
  text
    .replaceAll('alert(', 'window.injected=(')
    .replaceAll('x'.repeat(5000), 'x'.repeat(10000));
const hostile = () => reportOn('hostile', { as: 'armed', edit });

/// In the page: everything that the hostile texts would have made, had they been markup.
async function injuries() {
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
    injuries: await page.evaluate(injuries),
    text: await page.evaluate(() => document.body.textContent),
    tags: await page.evaluate(() => [
      ...new Set([...document.querySelectorAll('*')].map(({ tagName }) => tagName)),
    ]),
    messages,
    requests,
  }));
const UNHURT = { injected: 'undefined', images: 0, scripts: 0, handlers: 0 };

test('hostile texts are text, and nothing else', async () => {
  const { page: file } = await hostile();
  const { injuries: found, text, messages, requests } = await visit(file);
  assert.deepEqual({ found, messages, requests }, { found: UNHURT, messages: [], requests: [] });
  for (const label of ['headline', 'reason', 'warning', 'title', 'verdict'])
    assert.ok(text.includes(`${label} </script><script>window.injected=("1")</script><img`), label);
  assert.ok(text.includes(`${'x'.repeat(199)}…`), 'a long name is cut');
  assert.ok(!text.includes('x'.repeat(201)));
  assert.doesNotMatch(text, /[\u0000\u202e\ufffd]/);
});

test('hostile texts make no element that a harmless run has not', async () => {
  const { page: file } = await hostile();
  const harmless = await Promise.all(['seven_models', 'reference'].map((name) => reportOn(name)));
  const mine = (await visit(file)).tags;
  const known = [];
  for (const { page } of harmless) known.push(...(await visit(page)).tags);
  assert.ok(mine.length > 20);
  assert.deepEqual(mine.filter((tag) => !known.includes(tag)), []);
});

test('a hostile text that came to life would be noticed', async () => {
  const { html } = await hostile();
  const escaped = '&lt;/script&gt;&lt;script&gt;window.injected=(&quot;1&quot;)&lt;/script&gt;';
  const script = broken(withoutPolicy(html), (page) =>
    page.replace(`headline ${escaped}`, '<script>window.injected=("1")</script>'),
  );
  assert.equal((await visit(script)).injuries.injected, 'string');
  const image = broken(withoutPolicy(html), (page) =>
    withMore(page, '<img alt="" src="data:," onerror="window.injected=(2)">'),
  );
  assert.deepEqual((await visit(image)).injuries, {
    injected: 'number',
    images: 1,
    scripts: 0,
    handlers: 1,
  });
});
