// One Chromium for all tests of the page. It only opens files: every other request is recorded and
// blocked.

import { spawnSync } from 'node:child_process';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';

import puppeteer from 'puppeteer-core';

const NAMES = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'];

/// The path of the first browser in NAMES that is installed.
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

/// The browser, started on first use. Its proxy does not exist, so that it has no network.
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

/// Records and blocks requests other than for the page itself and its data: and blob: addresses.
async function blockRequests(page, address, requests) {
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

/// Opens a file in a new page: {page, requests, messages, close}. `hash` is the part after #.
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
  await blockRequests(page, address, requests);
  recordMessages(page, messages);
  await page.goto(address + hash, { waitUntil: 'load' });
  return { page, requests, messages };
}

/// Opens a file, calls `use`, and closes the file even if `use` fails.
export async function withPage(file, options, use) {
  const opened = await open(file, options);
  try {
    return await use(opened);
  } finally {
    await opened.page.close();
  }
}
