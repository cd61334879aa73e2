// What the report's tests share: runs of the script in a directory of their own, and an SVG reader.

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

/// Runs a report script; a sockbench program that may lie in build/ does not take part.
export function runScript(args, { env = {}, file = script, cwd } = {}) {
  const result = spawnSync('/bin/bash', [file, ...args], {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, SOCKBENCH: '/nonexistent/sockbench', ...env },
  });
  return { status: result.status, out: result.stdout, err: result.stderr };
}

/// The files of a report on the named fixture: {page, charts: {NAME: svg}, result}.
export function reportOn(name, t) {
  const directory = temporaryDirectory(t);
  cpSync(fixture(name), directory, { recursive: true });
  const result = runScript([directory]);
  if (result.status !== 0) throw new Error(`report.sh: ${result.status}\n${result.err}`);
  const charts = Object.fromEntries(
    readdirSync(path.join(directory, 'charts')).map((file) => [
      file,
      readFileSync(path.join(directory, 'charts', file), 'utf8'),
    ]),
  );
  const page = readFileSync(path.join(directory, 'report.html'), 'utf8');
  return { directory, result, page, charts };
}

/// How many marks the layer of this name has, over all panels of the SVG or page.
export function countMarks(svg, layer) {
  const groups = svg.matchAll(
    new RegExp(`<g class="mark-\\w+ role-mark ${layer}_marks"(?:[^>]*[^/])?>(.*?)</g>`, 'gs'),
  );
  return [...groups].reduce(
    (sum, [, body]) => sum + (body.match(/<(path|circle|line|text|rect)\b/g) ?? []).length,
    0,
  );
}

/// The page without its own style sheet and script.
export const withoutCode = (markup) =>
  markup.replace(/<style>.*?<\/style>/gs, '').replace(/<script>.*?<\/script>/gs, '');

/// Every text in an SVG or page, without its markup.
export const textsOf = (markup) =>
  [...withoutCode(markup).matchAll(/>([^<]+)</g)]
    .map(([, text]) => text.trim())
    .filter((text) => text !== '');
