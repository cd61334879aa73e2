// SVG files -> PNG files beside them, drawn by rsvg-convert of the package librsvg2-bin.

import { spawn } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import os from 'node:os';

const PROGRAM = process.env.RSVG_CONVERT ?? 'rsvg-convert';
const ZOOM = 2;

/// The program failed: the message is the whole story, exit code 4.
export class DrawError extends Error {}

/// Runs the program to its end: null when it went well, else what it said or the error's code.
function convert(args) {
  return new Promise((resolve) => {
    const child = spawn(PROGRAM, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    child.on('error', (error) => resolve(error.code ?? error.message));
    child.on('close', (status) => resolve(status === 0 ? null : said.trim() || `status ${status}`));
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

/// Draws {file, width in px} at twice its width, as many at a time as there are CPUs. Without the
/// program nothing is drawn and false is returned; throws a DrawError when it fails.
export async function drawPngs(pictures) {
  if ((await convert(['--version'])) === 'ENOENT') return false;
  const waiting = [...pictures];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await draw(next);
  };
  await Promise.all(os.cpus().map(work));
  return true;
}
