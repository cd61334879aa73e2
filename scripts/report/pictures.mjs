// The pictures of a report: one file per chart, and one file per panel.

import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

import { writeAtomically } from './files.mjs';
import { pictureOf } from './panel_picture.mjs';
import { sheetOf } from './sheet.mjs';
import { clean } from './text.mjs';

const NAME_LIMIT = 60;

/// Text as part of a file name: "Busy, 64 connections" -> "busy_64_connections".
export function slug(text) {
  const plain = clean(text, 2 * NAME_LIMIT)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '_');
  return plain.slice(0, NAME_LIMIT).replace(/^[_-]+|[_-]+$/g, '') || 'panel';
}

/// One file name per workload, in the given order. Equal names get a number.
export function pictureNames(workloads) {
  const taken = new Set();
  return workloads.map(({ name, title }) => {
    const wanted = slug(name ?? title);
    let free = wanted;
    for (let turn = 2; taken.has(free); turn += 1) free = `${wanted}-${turn}`;
    taken.add(free);
    return free;
  });
}

/// Removes the pictures of an earlier report.
function removePictures(directory) {
  let names;
  try {
    names = readdirSync(directory);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  for (const name of names.filter((entry) => /\.(svg|png)$/.test(entry))) {
    rmSync(path.join(directory, name));
  }
}

const widthOf = (svg) => Number(/ viewBox="0 0 ([\d.]+) /.exec(svg)[1]);

/// Writes DIRECTORY/ID.svg and DIRECTORY/ID/WORKLOAD.svg for every chart; returns {file, width in
/// px} of each.
export function writePictures(directory, charts) {
  removePictures(directory);
  const written = [];
  const write = (file, svg) => {
    writeAtomically(file, svg);
    written.push({ file, width: widthOf(svg) });
  };
  for (const chart of charts) {
    write(path.join(directory, `${chart.id}.svg`), sheetOf(chart));
    const own = path.join(directory, chart.id);
    removePictures(own);
    const drawn = chart.panels.filter((panel) => panel.svg !== null);
    const names = pictureNames(drawn.map(({ workload }) => workload));
    drawn.forEach((panel, index) => {
      write(path.join(own, `${names[index]}.svg`), pictureOf(chart, panel));
    });
  }
  return written;
}
