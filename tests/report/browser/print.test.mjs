// The printed page: every picture is complete on one sheet. Chromium prints to PDF; marks in the
// corners of every picture show its sheet and position.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { withPage } from './chromium.mjs';
import { broken, reportOn, withMore } from './reports.mjs';

/// In the page: writes "QaNQ" in the upper left and "QzNQ" in the lower right corner of the Nth
/// picture, and "QhNQ" next to its heading, without changing the layout. Returns the number of
/// pictures.
function markPictures() {
  const pictures = [...document.querySelectorAll('figure svg:not(svg svg):not(.key)')].filter(
    (svg) => !svg.closest('[hidden]'),
  );
  const write = (svg, x, y, anchor, text) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    const places = { x, y, 'text-anchor': anchor, 'font-size': 4, fill: '#000' };
    for (const [name, value] of Object.entries(places)) node.setAttribute(name, value);
    node.textContent = text;
    svg.append(node);
  };
  pictures.forEach((svg, index) => {
    const { x, y, width, height } = svg.viewBox.baseVal;
    write(svg, x + 1, y + 4, 'start', `Qa${index}Q`);
    write(svg, x + width - 1, y + height - 1, 'end', `Qz${index}Q`);
    const heading = document.createElement('span');
    heading.textContent = ` Qh${index}Q`;
    heading.style.cssText = 'position:absolute;font-size:4px';
    svg.closest('.panel')?.querySelector('h4')?.append(heading);
  });
  return pictures.length;
}

/// Mark -> list of {sheet, isInside}: the positions of the mark in a PDF, from pdftotext.
function marksIn(pdf) {
  const { status, stdout, error } = spawnSync('pdftotext', ['-bbox', pdf, '-'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  assert.ok(!error, 'pdftotext is missing; scripts/setup.sh --browser installs it');
  assert.equal(status, 0);
  const found = new Map();
  stdout
    .split('<page ')
    .slice(1)
    .forEach((sheet, index) => {
      const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(sheet).map(Number);
      const words = /xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">([^<]*)</g;
      for (const [, left, top, right, bottom, text] of sheet.matchAll(words)) {
        for (const [mark] of text.matchAll(/Q[ahz]\d+Q/g)) {
          const isInside = left >= 0 && top >= 0 && right <= width && bottom <= height;
          found.set(mark, [...(found.get(mark) ?? []), { sheet: index + 1, isInside }]);
        }
      }
    });
  return found;
}

/// {count, cut}: the number of pictures, and those that are not complete on one sheet with their
/// heading.
async function cutPictures(file) {
  const pdf = path.join(tmpdir(), `sockbench-print-${process.pid}.pdf`);
  try {
    const count = await withPage(file, {}, async ({ page }) => {
      await page.emulateMediaType('print');
      const pictures = await page.evaluate(markPictures);
      writeFileSync(pdf, await page.pdf({ format: 'A4', preferCSSPageSize: true }));
      return pictures;
    });
    const marks = marksIn(pdf);
    const isComplete = (index) => {
      const corners = ['a', 'h', 'z'].map((kind) => marks.get(`Q${kind}${index}Q`) ?? []);
      const sheets = new Set(corners.flat().map(({ sheet }) => sheet));
      return sheets.size === 1 && corners.every((all) => all.length === 1 && all[0].isInside);
    };
    return { count, cut: Array.from({ length: count }, (_, i) => i).filter((i) => !isComplete(i)) };
  } finally {
    rmSync(pdf, { force: true });
  }
}

test('no picture of a complete run is cut in print', async () => {
  const { page: file } = await reportOn('reference');
  const { count, cut } = await cutPictures(file);
  assert.ok(count >= 20, `${count} pictures`);
  assert.deepEqual(cut, []);
});

test('the checks detect a picture that is cut, beyond the edge, or without its heading', async () => {
  const { html } = await reportOn('seven_models');
  const styles = {
    'higher than a sheet': 'figure .panels svg { height: 400mm !important }',
    'beyond the edge': 'figure svg { margin-left: 180mm !important; min-width: 100mm }',
    'no heading beside it': `.panels { display: block !important }
.panel { break-inside: auto !important } h4 { break-after: page }`,
  };
  for (const [what, style] of Object.entries(styles)) {
    const more = `<style>@media print { ${style} }</style>`;
    const { cut } = await cutPictures(broken(html, (page) => withMore(page, more)));
    assert.ok(cut.length > 0, what);
  }
});
