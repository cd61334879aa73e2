// Turns run.json into report.html and the pictures in charts/. Usage: node main.mjs DIR

import path from 'node:path';

import { CHARTS } from './charts/index.mjs';
import { writeAtomically } from './files.mjs';
import { pageOf } from './page.mjs';
import { writePictures } from './pictures.mjs';
import { DrawError, drawPngs } from './png.mjs';
import { renderChart } from './render.mjs';
import { InputError, loadRun } from './run.mjs';
import { tablesOf } from './tables.mjs';

const EXIT_INPUT = 2;
const EXIT_FAILED = 4;

async function report(directory) {
  const run = loadRun(directory);
  const tables = tablesOf(run);
  const charts = [];
  for (const chart of CHARTS) charts.push(await renderChart(chart, tables));
  const pictures = writePictures(path.join(directory, 'charts'), charts);
  writeAtomically(path.join(directory, 'report.html'), pageOf(run, tables, charts));
  if (await drawPngs(pictures)) return;
  console.log(
    'report: no PNG files were written because rsvg-convert is missing; install librsvg2-bin.',
  );
}

const [directory, ...rest] = process.argv.slice(2);
if (directory === undefined || rest.length > 0) {
  console.error('report: expected exactly one directory with a run.json.');
  process.exit(EXIT_INPUT);
}
try {
  await report(directory);
} catch (error) {
  const isInput = error instanceof InputError;
  // The message of a system error is enough; any other error is a defect and needs its stack.
  const isPlain = isInput || error instanceof DrawError || error.syscall;
  console.error(`report: ${isPlain ? error.message : error.stack}`);
  process.exitCode = isInput ? EXIT_INPUT : EXIT_FAILED;
}
