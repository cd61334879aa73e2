// run.json -> charts/*.svg and report.html. Usage: node main.mjs DIR

import path from 'node:path';

import { CHARTS } from './charts/index.mjs';
import { writeWhole } from './files.mjs';
import { pageOf } from './page.mjs';
import { renderChart } from './render.mjs';
import { InputError, loadRun } from './run.mjs';
import { sheetOf } from './sheet.mjs';
import { tablesOf } from './tables.mjs';

const EXIT_INPUT = 2;
const EXIT_FAILED = 4;

async function report(directory) {
  const run = loadRun(directory);
  const tables = tablesOf(run);
  const charts = [];
  for (const chart of CHARTS) charts.push(await renderChart(chart, tables));
  for (const chart of charts) {
    writeWhole(path.join(directory, 'charts', `${chart.id}.svg`), sheetOf(chart));
  }
  writeWhole(path.join(directory, 'report.html'), pageOf(run, tables, charts));
}

const [directory, ...rest] = process.argv.slice(2);
if (directory === undefined || rest.length > 0) {
  console.error('report: exactly one directory with a run.json is wanted.');
  process.exit(EXIT_INPUT);
}
try {
  await report(directory);
} catch (error) {
  const isInput = error instanceof InputError;
  // A system error explains itself; anything else is a defect here and needs its stack.
  console.error(`report: ${isInput || error.syscall ? error.message : error.stack}`);
  process.exitCode = isInput ? EXIT_INPUT : EXIT_FAILED;
}
