// Reads and checks run.json. Each error is one sentence.

import { readFileSync } from 'node:fs';
import path from 'node:path';

import { clean } from './text.mjs';

const SCHEMA_VERSION = 1;

/// Invalid input: the message is complete; exit code 2.
export class InputError extends Error {}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

function readJson(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`${file} cannot be read (${error.code ?? error.message}).`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(`${file} is not valid JSON.`);
  }
}

/// Checks a list of objects: the keys must be strings, and their combination unique.
function checkList(run, file, list, keys) {
  if (!Array.isArray(run[list])) throw new InputError(`${file} has no list "${list}".`);
  const seen = new Set();
  run[list].forEach((entry, index) => {
    const id = isObject(entry) && keys.map((key) => entry[key]);
    if (!id || id.some((part) => typeof part !== 'string')) {
      throw new InputError(`${file}: ${list}[${index}] has no ${keys.join(' and ')}.`);
    }
    const joined = JSON.stringify(id);
    if (seen.has(joined)) {
      throw new InputError(`${file}: ${list} contains ${clean(joined, 80)} more than once.`);
    }
    seen.add(joined);
  });
}

function checkCells(run, file) {
  const known = {
    contestant: new Set(run.contestants.map(({ name }) => name)),
    workload: new Set(run.workloads.map(({ name }) => name)),
  };
  run.cells.forEach((cell, index) => {
    for (const key of Object.keys(known)) {
      if (known[key].has(cell[key])) continue;
      const name = clean(cell[key], 60);
      throw new InputError(`${file}: cells[${index}] refers to an unknown ${key} "${name}".`);
    }
  });
}

/// DIR/run.json as an object with valid contestants, workloads and cells.
export function loadRun(directory) {
  const file = path.join(directory, 'run.json');
  const run = readJson(file);
  if (!isObject(run)) throw new InputError(`${file} is not a JSON object.`);
  if (run.schema_version !== SCHEMA_VERSION) {
    const found = clean(JSON.stringify(run.schema_version) ?? 'none', 40);
    throw new InputError(
      `${file} has schema_version ${found}, but this program reads version ${SCHEMA_VERSION}.`,
    );
  }
  checkList(run, file, 'contestants', ['name']);
  checkList(run, file, 'workloads', ['name']);
  checkList(run, file, 'cells', ['contestant', 'workload']);
  checkCells(run, file);
  return run;
}
