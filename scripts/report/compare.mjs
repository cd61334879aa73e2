// Two runs and what sockbench compare says of them -> one page.
// Usage: node compare.mjs A B COMPARISON.json OUT.html, where A and B are folders with a run.json

import { readFileSync } from 'node:fs';

import { comparePageOf } from './compare_page.mjs';
import { writeWhole } from './files.mjs';
import { InputError, loadRun } from './run.mjs';

const EXIT_INPUT = 2;
const EXIT_FAILED = 4;

function readComparison(file) {
  const comparison = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(comparison?.cells)) throw new InputError(`${file} is no comparison of runs.`);
  return comparison;
}

const [a, b, comparison, out, ...rest] = process.argv.slice(2);
if (out === undefined || rest.length > 0) {
  console.error('report: two folders with a run.json, their comparison and a page are wanted.');
  process.exit(EXIT_INPUT);
}
try {
  writeWhole(out, comparePageOf(loadRun(a), loadRun(b), readComparison(comparison)));
} catch (error) {
  const isInput = error instanceof InputError;
  console.error(`report: ${isInput || error.syscall ? error.message : error.stack}`);
  process.exitCode = isInput ? EXIT_INPUT : EXIT_FAILED;
}
