// The pictures of a report: every chart as one sheet, and every panel of it in a file of its own.

import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

import { writeWhole } from './files.mjs';
import { pictureOf } from './panel_picture.mjs';
import { sheetOf } from './sheet.mjs';
import { clean } from './text.mjs';

const NAME_LIMIT = 60;

/// A text as part of a file name: "Busy, 64 connections" -> "busy_64_connections".
export function slug(text) {
  const plain = clean(text, 2 * NAME_LIMIT)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '_');
  return plain.slice(0, NAME_LIMIT).replace(/^[_-]+|[_-]+$/g, '') || 'panel';
}

/// One file name per workload, in the order given. Names that agree are told apart by a number.
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

/// What an earlier run left there would pass for this run's.
function removePictures(folder) {
  let names;
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  for (const name of names.filter((entry) => /\.(svg|png)$/.test(entry))) {
    rmSync(path.join(folder, name));
  }
}

const widthOf = (svg) => Number(/ viewBox="0 0 ([\d.]+) /.exec(svg)[1]);

/// Writes FOLDER/ID.svg and FOLDER/ID/WORKLOAD.svg for every chart; returns each file with the
/// width in px that it is drawn at.
export function writePictures(folder, charts) {
  removePictures(folder);
  const written = [];
  const write = (file, svg) => {
    writeWhole(file, svg);
    written.push({ file, width: widthOf(svg) });
  };
  for (const chart of charts) {
    write(path.join(folder, `${chart.id}.svg`), sheetOf(chart));
    const own = path.join(folder, chart.id);
    removePictures(own);
    const drawn = chart.panels.filter((panel) => panel.svg !== null);
    const names = pictureNames(drawn.map(({ workload }) => workload));
    drawn.forEach((panel, index) => {
      write(path.join(own, `${names[index]}.svg`), pictureOf(chart, panel));
    });
  }
  return written;
}
