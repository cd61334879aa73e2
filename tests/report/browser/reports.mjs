// The reports for the tests, each built once, and broken copies of them.

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

import { fixture, root, script } from '../helpers.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'sockbench-browser-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/// Runs report.sh on a directory, without PNG files and report.md, which no test needs.
function build(directory) {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/bash', [script, directory], {
      env: { ...process.env, SOCKBENCH: '/nonexistent', RSVG_CONVERT: '/nonexistent' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (status) =>
      status === 0 ? resolve() : reject(new Error(`report.sh ended with ${status}`)),
    );
  });
}

const built = new Map();

async function report(name, source, edit) {
  const directory = path.join(folder, name);
  cpSync(path.join(source, 'run.json'), path.join(directory, 'run.json'));
  const file = path.join(directory, 'run.json');
  if (edit) writeFileSync(file, edit(readFileSync(file, 'utf8')));
  await build(directory);
  const page = path.join(directory, 'report.html');
  return {
    page,
    run: JSON.parse(readFileSync(file, 'utf8')),
    html: readFileSync(page, 'utf8'),
  };
}

/// {page: file, html, run} of a fixture or of the committed run ('reference'). `edit` changes the
/// text of run.json; `as` is the name of the result.
export function reportOn(name, { as = name, edit } = {}) {
  const source = name === 'reference' ? path.join(root, 'results/reference') : fixture(name);
  if (!built.has(as)) built.set(as, report(as, source, edit));
  return built.get(as);
}

let pages = 0;

/// Writes a new page.
export function written(markup) {
  pages += 1;
  const file = path.join(folder, `page-${pages}.html`);
  writeFileSync(file, markup);
  return file;
}

/// A broken copy of a page: `edit` must change the markup.
export function broken(html, edit) {
  const markup = edit(html);
  if (markup === html) throw new Error('edit() did not change the page');
  return written(markup);
}

/// The page without its content security policy, so that scripts and requests are possible.
export const withoutPolicy = (html) =>
  html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '');

/// The markup with additions at the end of its body.
export const withMore = (html, more) => html.replace('</body>', `${more}</body>`);
