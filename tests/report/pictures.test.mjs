// The picture files: names, sizes, and reproducible content.

import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { pictureNames, slug } from '../../scripts/report/pictures.mjs';
import { fixture, fixtureRun, reportOn, runScript, temporaryDirectory } from './helpers.mjs';

const MIN_PT = 8;
const COLUMN_MM = 85;
const PT_PER_MM = 72 / 25.4;
const PROGRAM = 'rsvg-convert';

/// All files below a directory, as {relative path: bytes}.
function filesBelow(directory, prefix = '') {
  const entries = readdirSync(path.join(directory, prefix), { withFileTypes: true });
  return Object.assign(
    {},
    ...entries.map((entry) => {
      const name = path.join(prefix, entry.name);
      if (entry.isDirectory()) return filesBelow(directory, name);
      return { [name]: readFileSync(path.join(directory, name)) };
    }),
  );
}

/// The pictures of a report on a fixture, including PNG files.
function picturesOf(t, name) {
  const directory = temporaryDirectory(t);
  cpSync(fixture(name), directory, { recursive: true });
  const { status, out, err } = runScript([directory], { env: { RSVG_CONVERT: PROGRAM } });
  assert.equal(status, 0, err);
  assert.doesNotMatch(out, /no PNG/, `${PROGRAM} is missing; install the package librsvg2-bin`);
  return filesBelow(path.join(directory, 'charts'));
}

/// {mm, px, height} of an SVG file: the printed width, and the size of its drawing.
function sizeOf(svg) {
  const [, mm] = /^<svg [^>]*?width="([\d.]+)mm"/s.exec(svg);
  const [, px, height] = /^<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"/s.exec(svg);
  return { mm: Number(mm), px: Number(px), height: Number(height) };
}

/// The printed size in pt of every text in a picture. Text without a size has that of its group.
function pointSizes(svg) {
  const { mm, px } = sizeOf(svg);
  const sizes = [];
  const open = [null];
  for (const [tag, end, name, empty] of svg.matchAll(/<(\/?)(\w+)\b[^>]*?(\/?)>/g)) {
    if (end) {
      open.pop();
      continue;
    }
    const own = /font-size="([\d.]+)(?:px)?"/.exec(tag)?.[1] ?? open.at(-1);
    if (!empty) open.push(own);
    if (name !== 'text') continue;
    assert.ok(own, `no size in ${tag}`);
    sizes.push(Number(own) * (mm / px) * PT_PER_MM);
  }
  return sizes;
}

/// Width and height in the header of a PNG file.
const pngSize = (bytes) => ({ width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) });

test('a picture is named by its workload', () => {
  for (const [text, name] of [
    ['Busy, 64 connections', 'busy_64_connections'],
    ['scaling-2', 'scaling-2'],
    ['../../etc/passwd\u0000', 'etc_passwd'],
    ['…', 'panel'],
    ['', 'panel'],
    ['x'.repeat(10000), 'x'.repeat(60)],
  ]) {
    assert.equal(slug(text), name);
  }
  assert.deepEqual(
    pictureNames([{ name: 'busy', title: 'Busy' }, { name: 'busy' }, { title: 'Busy?' }]),
    ['busy', 'busy-2', 'busy-3'],
  );
});

test('seven models as pictures', async (t) => {
  const files = picturesOf(t, 'seven_models');
  const names = Object.keys(files).sort();
  const svgs = names.filter((name) => name.endsWith('.svg'));
  const text = (name) => files[name].toString();
  const panels = svgs.filter((name) => name.includes('/'));

  await t.test(
    'every SVG file has a PNG file of twice its size, and there are no other files',
    () => {
      const pngs = svgs.map((name) => name.replace('.svg', '.png'));
      assert.deepEqual(names, [...svgs, ...pngs].sort());
      for (const name of svgs) {
        const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(text(name));
        const size = pngSize(files[name.replace('.svg', '.png')]);
        assert.equal(size.width, 2 * width, name);
        assert.ok(Math.abs(size.height - 2 * height) <= 1, `${name}: ${size.height}`);
      }
    },
  );
  await t.test('every panel is a file named by its workload', () => {
    const { workloads } = fixtureRun('seven_models');
    const busy = workloads.filter(({ mode }) => mode !== 'idle').map(({ name }) => name);
    const drawn = panels.filter((name) => name.startsWith('cpu_per_request/'));
    assert.deepEqual(drawn, busy.map((name) => `cpu_per_request/${name}.svg`).sort());
  });
  await t.test('a panel is printed 85 mm wide with no text below 8 pt', () => {
    assert.ok(panels.length >= 20, `${panels.length} panels`);
    for (const name of panels) {
      assert.ok(sizeOf(text(name)).mm >= COLUMN_MM, name);
      const sizes = pointSizes(text(name));
      assert.ok(sizes.length > 3, name);
      assert.ok(Math.min(...sizes) >= MIN_PT, `${name}: ${Math.min(...sizes)} pt`);
      for (const [nested] of text(name).matchAll(/<svg x=[^>]*>/g)) {
        const size = (side) => new RegExp(` ${side}="([\\d.]+)"`).exec(nested)[1];
        const whole = `viewBox="0 0 ${size('width')} ${size('height')}"`;
        assert.ok(nested.includes(whole), 'the plot is not scaled');
      }
    }
    assert.equal(sizeOf(text('cpu_ratio/busy.svg')).mm, COLUMN_MM);
    const small = text('cpu_ratio/busy.svg').replaceAll(/font-size="11(px)?"/g, 'font-size="10"');
    assert.ok(Math.min(...pointSizes(small)) < MIN_PT, 'smaller text is detected');
  });
  await t.test('a panel has the title of its chart, its condition and missing contestants', () => {
    const svg = text('throughput_ratio/busy.svg');
    const words = svg.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    for (const part of [
      'Throughput relative to the reference',
      'closed loop',
      'blocking: model_limit',
    ])
      assert.ok(words.includes(part), part);
    assert.match(svg, /<title [^>]*>[^<]+<\/title>\s*<desc [^>]*>[^<]*95 % intervals[^<]*<\/desc>/);
  });
  await t.test('a second rendering gives the same bytes', () => {
    const again = picturesOf(t, 'seven_models');
    assert.deepEqual(Object.keys(again).sort(), names);
    for (const name of names) assert.ok(again[name].equals(files[name]), name);
  });
});

test('hostile names are converted to safe file names', (t) => {
  const names = Object.keys(picturesOf(t, 'hostile'));
  const panels = names.filter((name) => name.includes('/'));
  assert.ok(panels.some((name) => name.endsWith('.png')));
  for (const name of panels) assert.match(name, /^[a-z_]+\/[a-z0-9_-]{1,60}\.(svg|png)$/);
});

test('without rsvg-convert there is one message and no PNG files', (t) => {
  const { result, directory } = reportOn('gaps', t);
  assert.equal(result.out.match(/^report: no PNG [^\n]*librsvg2-bin\.$/gm).length, 1, result.out);
  assert.ok(!Object.keys(filesBelow(directory)).some((name) => name.endsWith('.png')));
});

test('if rsvg-convert fails there is one sentence, exit code 4, and the page', (t) => {
  const directory = temporaryDirectory(t);
  cpSync(fixture('gaps'), directory, { recursive: true });
  const program = path.join(temporaryDirectory(t), 'rsvg-convert');
  writeFileSync(program, '#!/bin/sh\n[ "$1" = --version ] || { echo "no memory" >&2; exit 1; }\n');
  chmodSync(program, 0o755);
  const { status, err } = runScript([directory], { env: { RSVG_CONVERT: program } });
  assert.equal(status, 4);
  assert.match(err, /^report: [^\n]+\.png cannot be drawn by [^\n]+ \(no memory\)\.\n$/);
  assert.ok(existsSync(path.join(directory, 'report.html')));
  assert.ok(!Object.keys(filesBelow(directory)).some((name) => name.endsWith('.tmp')));
});

test('pictures of an earlier report are removed, other files are kept', (t) => {
  const directory = temporaryDirectory(t);
  cpSync(fixture('gaps'), directory, { recursive: true });
  const charts = path.join(directory, 'charts');
  mkdirSync(path.join(charts, 'cpu_ratio'), { recursive: true });
  const stale = ['gone.svg', 'cpu_ratio.png', 'cpu_ratio/gone.svg', 'cpu_ratio/gone.png'];
  for (const name of [...stale, 'notes.txt']) writeFileSync(path.join(charts, name), 'old');
  assert.equal(runScript([directory]).status, 0);
  for (const name of stale) assert.ok(!existsSync(path.join(charts, name)), name);
  assert.ok(existsSync(path.join(charts, 'notes.txt')));
});
