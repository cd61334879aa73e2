// Converts SVG files to PNG files with rsvg-convert (package librsvg2-bin).

import { spawn } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import os from 'node:os';

const PROGRAM = process.env.RSVG_CONVERT ?? 'rsvg-convert';
const ZOOM = 2;

/// The program failed: the message is complete; exit code 4.
export class DrawError extends Error {}

/// Runs the program. Returns null on success, otherwise its standard error or the error code.
function convert(args) {
  return new Promise((resolve) => {
    const child = spawn(PROGRAM, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.on('error', (error) => resolve(error.code ?? error.message));
    child.on('close', (status) =>
      resolve(status === 0 ? null : errors.trim() || `status ${status}`),
    );
  });
}

async function draw({ file, width }) {
  const png = file.replace(/\.svg$/, '.png');
  const temporary = `${png}.${process.pid}.tmp`;
  const size = ['--width', String(ZOOM * width), '--keep-aspect-ratio'];
  try {
    const failure = await convert([...size, '--output', temporary, file]);
    if (failure !== null) throw new DrawError(`${png} cannot be drawn by ${PROGRAM} (${failure}).`);
    renameSync(temporary, png);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/// Converts pictures {file, width in px} at twice their width, one process per CPU. Returns false
/// if the program is missing; throws a DrawError if it fails.
export async function drawPngs(pictures) {
  if ((await convert(['--version'])) === 'ENOENT') return false;
  const waiting = [...pictures];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await draw(next);
  };
  await Promise.all(os.cpus().map(work));
  return true;
}
