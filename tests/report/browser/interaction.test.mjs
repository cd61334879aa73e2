// The script of the page: tooltips, filter by contestant, scales, sorting, search and download of
// the table of cells, theme, and links into the page.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { withPage } from './chromium.mjs';
import { broken, reportOn, withMore } from './reports.mjs';

const MAX_WAITING = 3000; // ms

/// Whether the page has all elements of a test. Without a script the test is skipped; with one a
/// missing element fails the test.
async function hasAll(t, page, ...selectors) {
  if ((await page.$('script')) === null) {
    t.skip('the page has no script');
    return false;
  }
  for (const selector of selectors) {
    assert.ok(await page.$(selector), `${selector} is not in the page`);
  }
  return true;
}

/// Opens a report and runs `use` if the page has the selectors.
async function onPage(t, { name = 'seven_models', edit, as, ...options }, selectors, use) {
  const { page: file, run } = await reportOn(name, { edit, as });
  await withPage(file, options, async ({ page, messages, requests }) => {
    if (!(await hasAll(t, page, ...selectors))) return;
    await use({ page, run });
    assert.deepEqual({ messages, requests }, { messages: [], requests: [] });
  });
}

const until = (page, condition, ...values) =>
  page.waitForFunction(condition, { timeout: MAX_WAITING }, ...values);

/// In the page: the text of the visible tooltip, or null.
const shownTooltip = () => {
  const tooltip = document.querySelector('.tooltip[role="tooltip"]');
  const isShown =
    tooltip?.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    tooltip.textContent.trim() !== '';
  return isShown ? tooltip.textContent : null;
};

/// In the page: the number of visible marks and of all marks of a contestant, in all charts.
const visibleMarks = (model) => {
  const marks = [...document.querySelectorAll('figure svg [data-model]')].filter(
    (node) => node.dataset.model === model && !node.closest('[hidden]:not(svg *)'),
  );
  const isShown = (node) =>
    node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  return { shown: marks.filter(isShown).length, all: marks.length };
};

test('a missing element fails a test if the page has a script', async (t) => {
  const { html } = await reportOn('gaps');
  const file = broken(html, (page) => withMore(page, '<script></script>'));
  await withPage(file, {}, async ({ page }) => {
    await assert.rejects(hasAll(t, page, '.no-such-thing'), /is not in the page/);
    assert.equal(await hasAll(t, page, 'body'), true);
  });
});

test('the tooltip shows the description of the mark under the mouse', async (t) => {
  const selector = 'figure svg [data-model][aria-label]';
  await onPage(t, {}, [selector], async ({ page }) => {
    const mark = await page.$(selector);
    const description = await mark.evaluate((node) => node.getAttribute('aria-label'));
    const figures = description.slice(description.indexOf(': ') + 2);
    const isShown = (text) =>
      [...document.querySelectorAll('.tooltip[role="tooltip"]')].some(
        (node) =>
          node.checkVisibility({ visibilityProperty: true }) && node.textContent.includes(text),
      );
    await mark.scrollIntoView();
    await mark.hover();
    await until(page, isShown, figures);
    await page.mouse.move(1, 1);
    await until(page, `(${shownTooltip})() === null`);
  });
});

test('the arrow keys move through the descriptions of marks', async (t) => {
  const selector = 'figure svg [data-model][aria-label]';
  await onPage(t, {}, [selector], async ({ page }) => {
    const mark = await page.$(selector);
    const stop = await mark.evaluateHandle((node) => node.closest('[tabindex="0"]'));
    const descriptions = await stop.evaluate((node) =>
      [...node.querySelectorAll('[aria-label]')].map((own) => own.getAttribute('aria-label')),
    );
    await stop.focus();
    const shown = new Set();
    for (let turn = 0; turn < 3; turn += 1) {
      await page.keyboard.press('ArrowRight');
      await until(page, `(${shownTooltip})() !== null`);
      shown.add(await page.evaluate(shownTooltip));
    }
    assert.equal(shown.size, 3);
    for (const text of shown) assert.ok(descriptions.includes(text), text);
    await page.keyboard.press('Escape');
    await until(page, `(${shownTooltip})() === null`);
  });
});

/// Text in a quoted attribute selector.
function quoted(text) {
  return text.replace(/["\\]/g, '\\$&');
}

test('the legend hides a contestant in every chart and shows it again', async (t) => {
  await onPage(t, {}, ['figure svg [data-model]', 'input[data-model]'], async ({ page }) => {
    const [first, second] = await page.$$eval('input[data-model]', (all) =>
      all.map((input) => input.dataset.model),
    );
    const toggle = () =>
      page.$eval(`input[data-model="${quoted(second)}"]`, (input) => input.click());
    const before = await page.evaluate(visibleMarks, second);
    assert.ok(before.shown > 0 && before.shown === before.all, JSON.stringify(before));
    await toggle();
    await until(page, `(${visibleMarks})(${JSON.stringify(second)}).shown === 0`);
    const other = await page.evaluate(visibleMarks, first);
    assert.ok(other.shown > 0 && other.shown === other.all, 'the other is visible');
    await toggle();
    await until(page, `(${visibleMarks})(${JSON.stringify(second)}).shown === ${before.all}`);
  });
});

test('a chart with two scales shows the selected one', async (t) => {
  const drawn = (figure) =>
    [...figure.querySelectorAll('svg:not(.key)')]
      .filter((svg) => svg.checkVisibility())
      .map((svg) => svg.textContent)
      .join();
  const { html } = await reportOn('reference');
  await onPage(t, { name: 'reference' }, [], async ({ page }) => {
    const buttons = await page.$$('figure button[data-scale="linear"]');
    assert.equal(buttons.length > 0, /data-scale="linear"/.test(html));
    for (const linear of buttons) {
      const figure = await linear.evaluateHandle((node) => node.closest('figure'));
      const log = await figure.$('button[data-scale="log"]');
      const before = await figure.evaluate(drawn);
      const pressed = (button) => button.evaluate((node) => node.getAttribute('aria-pressed'));
      await linear.evaluate((node) => node.click());
      assert.notEqual(await figure.evaluate(drawn), before);
      assert.deepEqual([await pressed(linear), await pressed(log)], ['true', 'false']);
      await log.evaluate((node) => node.click());
      assert.equal(await figure.evaluate(drawn), before);
    }
  });
});

/// In the page: the visible rows of the table of cells, each a list of {value, text}.
const cellRows = () => {
  const rows = [...document.querySelectorAll('#cells table:first-of-type tbody tr')];
  const table = document.querySelector('#cells table');
  return rows
    .filter((row) => row.closest('table') === table && row.checkVisibility())
    .map((row) =>
      [...row.children].map((cell) => ({
        value: cell.dataset.value ?? cell.textContent.trim(),
        text: cell.textContent.trim(),
      })),
    );
};

/// Whether the figures of a column ascend (sign 1) or descend (-1), with missing ones last.
function isSorted(values, sign) {
  const isMissing = (value) => value === '' || value === 'n/a';
  const figures = values.map((value) => (isMissing(value) ? null : parseFloat(value)));
  const known = figures.filter((figure) => figure !== null);
  const areLast = figures.slice(0, known.length).every((figure) => figure !== null);
  return areLast && known.every((figure, i) => i === 0 || sign * (figure - known[i - 1]) >= 0);
}

test('the table of cells is sorted by mouse and by keyboard', async (t) => {
  assert.ok(isSorted(['1', '2', ''], 1) && isSorted(['9', '2', 'n/a'], -1));
  assert.ok(!isSorted(['2', '1'], 1) && !isSorted(['', '1'], 1));
  await onPage(t, {}, ['#cells table thead th'], async ({ page }) => {
    const heads = await page.$$('#cells table thead th');
    const names = await Promise.all(heads.map((head) => head.evaluate((node) => node.textContent)));
    const column = names.findIndex((name) => name.startsWith('Requests/s'));
    const head = heads[column];
    const control = (await head.$('button')) ?? head;
    const order = () => head.evaluate((node) => node.getAttribute('aria-sort'));
    const values = async () => (await page.evaluate(cellRows)).map((row) => row[column].value);
    const before = await values();
    assert.ok(before.length > 20, `${before.length} rows`);
    const orders = [];
    for (const act of [
      () => control.evaluate((node) => node.click()),
      async () => {
        await control.focus();
        await page.keyboard.press('Enter');
      },
    ]) {
      await act();
      orders.push(await order());
      assert.ok(['ascending', 'descending'].includes(orders.at(-1)), `aria-sort ${orders.at(-1)}`);
      assert.ok(isSorted(await values(), orders.at(-1) === 'ascending' ? 1 : -1));
      assert.deepEqual((await values()).sort(), [...before].sort(), 'all rows are kept');
    }
    assert.notEqual(orders[0], orders[1], 'the second time reverses the order');
  });
});

test('the table of cells shows the rows that match the search', async (t) => {
  const input = '#cells input[type="search"]';
  await onPage(t, {}, [input], async ({ page }) => {
    const texts = async () =>
      (await page.evaluate(cellRows)).map((row) => row.map(({ text }) => text).join(' '));
    const all = await texts();
    const matching = all.filter((text) => /select/i.test(text)).length;
    assert.ok(matching > 0 && matching < all.length);
    await page.type(input, 'SELECT');
    await until(page, `(${cellRows})().length === ${matching}`);
    for (const text of await texts()) assert.match(text, /select/i);
    await page.$eval(input, (node) => {
      node.value = '';
      node.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await until(page, `(${cellRows})().length === ${all.length}`);
  });
});

/// The fields of a CSV text, row by row.
function parseCsv(text) {
  const rows = [[]];
  const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g;
  for (const [, inQuotes, plain, end] of text.matchAll(FIELD)) {
    rows.at(-1).push(inQuotes?.replaceAll('""', '"') ?? plain);
    if (end !== ',') rows.push([]);
    if (end === '') break;
  }
  return rows.filter((row) => row.length > 1);
}

/// The text of the downloaded file.
async function download(page) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sockbench-download-'));
  try {
    const session = await page.createCDPSession();
    const behaviour = { behavior: 'allow', downloadPath: folder, eventsEnabled: true };
    await session.send('Browser.setDownloadBehavior', behaviour);
    const ended = new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error('nothing was downloaded')), MAX_WAITING).unref();
      session.on('Browser.downloadProgress', ({ state }) => state === 'completed' && resolve());
    });
    await page.$eval('button[data-download="csv"]', (button) => button.click());
    await ended;
    const [name] = existsSync(folder) ? readdirSync(folder) : [];
    assert.match(name, /\.csv$/);
    return readFileSync(path.join(folder, name), 'utf8').replace(/^\ufeff/, '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('the CSV parser of this test is correct', () => {
  assert.deepEqual(parseCsv('a,"b ""c"", d"\r\n1,\r\n'), [
    ['a', 'b "c", d'],
    ['1', ''],
  ]);
});

test('the table of cells is downloaded as CSV, with the figures of run.json', async (t) => {
  await onPage(t, {}, ['button[data-download="csv"]'], async ({ page, run }) => {
    const [head, ...rows] = parseCsv(await download(page));
    assert.equal(rows.length, run.cells.length);
    assert.ok(
      rows.every((row) => row.length === head.length),
      'every row is complete',
    );
    for (const cell of run.cells.filter(({ achieved_rps: rps }) => rps?.median)) {
      const own = rows.find((row) => row.includes(cell.contestant) && row.includes(cell.workload));
      assert.ok(own, `${cell.contestant} on ${cell.workload}`);
      const isThere = (figure) => Math.abs(Number(figure) / cell.achieved_rps.median - 1) < 1e-5;
      assert.ok(own.some(isThere), `${cell.achieved_rps.median} is not in ${own}`);
    }
  });
});

test('the CSV contains no formulas', async (t) => {
  const edit = (text) =>
    text
      .replaceAll('"contestant": "epoll"', '"contestant": "=1+2"')
      .replaceAll('"name": "epoll"', '"name": "=1+2"');
  const options = { name: 'seven_models', as: 'formula', edit };
  await onPage(t, options, ['button[data-download="csv"]'], async ({ page }) => {
    const fields = parseCsv(await download(page)).flat();
    assert.ok(fields.some((field) => field.includes('=1+2')));
    const isFormula = (field) => /^[=+@\t\r-]/.test(field) && Number.isNaN(Number(field));
    assert.deepEqual(fields.filter(isFormula), []);
  });
});

test('the theme can be changed', async (t) => {
  await onPage(t, {}, ['button[data-theme]'], async ({ page }) => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await background();
    const seen = new Set([before]);
    for (const button of await page.$$('button[data-theme]')) {
      for (let turn = 0; turn < 3; turn += 1) {
        await button.evaluate((node) => node.click());
        seen.add(await background());
      }
    }
    assert.ok(seen.size > 1, `the background is always ${before}`);
  });
});

test('a link scrolls to its chart', async (t) => {
  await onPage(t, { hash: '#chart-idle_cpu' }, ['#chart-idle_cpu'], async ({ page }) => {
    const isAtTop = () => {
      const { top, bottom } = document.querySelector('#chart-idle_cpu').getBoundingClientRect();
      return top < innerHeight / 2 && bottom > 0;
    };
    await until(page, isAtTop);
  });
});
