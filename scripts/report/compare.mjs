// Turns two runs and the output of `sockbench compare --json` into one page.
// Usage: node compare.mjs A B COMPARISON.json OUT.html, where A and B are directories with a
// run.json

import { readFileSync } from 'node:fs';

import { comparePageOf } from './compare_page.mjs';
import { writeAtomically } from './files.mjs';
import { InputError, loadRun } from './run.mjs';

const EXIT_INPUT = 2;
const EXIT_FAILED = 4;

function readComparison(file) {
  const comparison = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(comparison?.cells))
    throw new InputError(`${file} is not a comparison of runs.`);
  return comparison;
}

const [a, b, comparison, out, ...rest] = process.argv.slice(2);
if (out === undefined || rest.length > 0) {
  console.error(
    'report: expected two directories with a run.json, a comparison and an output file.',
  );
  process.exit(EXIT_INPUT);
}
try {
  writeAtomically(out, comparePageOf(loadRun(a), loadRun(b), readComparison(comparison)));
} catch (error) {
  const isInput = error instanceof InputError;
  console.error(`report: ${isInput || error.syscall ? error.message : error.stack}`);
  process.exitCode = isInput ? EXIT_INPUT : EXIT_FAILED;
}
