// One Chromium for all tests of the page. It opens files, and nothing else: every other request is
// recorded and refused.

import { spawnSync } from 'node:child_process';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';

import puppeteer from 'puppeteer-core';

const NAMES = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'];

/// The first of the browser's names that this machine has.
function findChromium() {
  for (const name of NAMES.filter(Boolean)) {
    const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$0"', name], {
      encoding: 'utf8',
    });
    if (status === 0) return stdout.trim();
  }
  throw new Error('Chromium is missing; scripts/setup.sh --browser installs it.');
}

let browser = null;

/// The browser, started when it is first needed. It has no network even where a page could ask.
function launched() {
  browser ??= puppeteer.launch({
    executablePath: findChromium(),
    args: [
      ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--force-device-scale-factor=1',
      '--proxy-server=127.0.0.1:9',
    ],
  });
  return browser;
}

after(async () => {
  if (browser !== null) await (await browser).close();
});

/// Records requests that are not for the page itself and refuses them. What a data: or blob:
/// address holds is part of the page.
async function refuseRequests(page, address, requests) {
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const url = request.url();
    if (url.split('#')[0] === address || /^(data|blob):/.test(url)) {
      request.continue();
      return;
    }
    requests.push(url);
    request.abort();
  });
}

function recordMessages(page, messages) {
  page.on('console', (message) => {
    if (['error', 'warn', 'assert'].includes(message.type())) messages.push(message.text());
  });
  page.on('pageerror', (error) => messages.push(`page error: ${error.message}`));
  page.on('dialog', (dialog) => {
    messages.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
}

/// Opens a file in a new page: {page, requests, messages, close}. `hash` is the part behind #.
export async function open(
  file,
  { width = 1024, height = 900, hasScript = true, scheme = 'light', hash = '' } = {},
) {
  const page = await (await launched()).newPage();
  const address = pathToFileURL(file).href;
  const [requests, messages] = [[], []];
  await page.setViewport({ width, height });
  await page.setJavaScriptEnabled(hasScript);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await refuseRequests(page, address, requests);
  recordMessages(page, messages);
  await page.goto(address + hash, { waitUntil: 'load' });
  return { page, requests, messages };
}

/// Opens a file, has `use` work on it, and closes it whatever happens.
export async function withPage(file, options, use) {
  const opened = await open(file, options);
  try {
    return await use(opened);
  } finally {
    await opened.page.close();
  }
}
