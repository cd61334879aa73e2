// Shared by the tests of the report: runs of the script in temporary directories, and an SVG
// reader.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, '../..');
export const script = path.join(root, 'scripts/report.sh');
export const fixture = (name) => path.join(here, 'fixtures', name);
export const fixtureRun = (name) => JSON.parse(readFileSync(path.join(fixture(name), 'run.json')));

/// A new directory that is removed when the test `t` ends.
export function temporaryDirectory(t) {
  const directory = mkdtempSync(path.join(tmpdir(), 'sockbench-report-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

// Do not use a sockbench program in build/, and draw no PNG files, which is slow.
const DISABLED = { SOCKBENCH: '/nonexistent/sockbench', RSVG_CONVERT: '/nonexistent/rsvg-convert' };

/// Runs a report script.
export function runScript(args, { env = {}, file = script, cwd } = {}) {
  const result = spawnSync('/bin/bash', [file, ...args], {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, ...DISABLED, ...env },
  });
  return { status: result.status, out: result.stdout, err: result.stderr };
}

/// The SVG files in a directory, as {NAME: text}.
function svgsIn(directory) {
  const files = readdirSync(directory).filter((name) => name.endsWith('.svg'));
  return Object.fromEntries(
    files.map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]),
  );
}

/// The report on the named fixture: {page, charts: {NAME: svg}, result}.
export function reportOn(name, t) {
  const directory = temporaryDirectory(t);
  cpSync(fixture(name), directory, { recursive: true });
  const result = runScript([directory]);
  if (result.status !== 0) throw new Error(`report.sh: ${result.status}\n${result.err}`);
  const charts = svgsIn(path.join(directory, 'charts'));
  const page = readFileSync(path.join(directory, 'report.html'), 'utf8');
  return { directory, result, page, charts };
}

/// The number of marks in layers of this name, in all panels of the SVG or page.
export function countMarks(svg, layer) {
  const groups = svg.matchAll(
    new RegExp(`<g class="mark-\\w+ role-mark ${layer}_marks"(?:[^>]*[^/])?>(.*?)</g>`, 'gs'),
  );
  return [...groups].reduce(
    (sum, [, body]) => sum + (body.match(/<(path|circle|line|text|rect)\b/g) ?? []).length,
    0,
  );
}

/// The page without its style sheet and script.
export const withoutCode = (markup) =>
  markup.replace(/<style>.*?<\/style>/gs, '').replace(/<script>.*?<\/script>/gs, '');

/// All texts of an SVG or page, without markup.
export const textsOf = (markup) =>
  [...withoutCode(markup).matchAll(/>([^<]+)</g)]
    .map(([, text]) => text.trim())
    .filter((text) => text !== '');
