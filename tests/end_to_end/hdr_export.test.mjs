// The histogram log of a run, read by a library of another hand: every recorded time of every cell
// is in it, under its tag.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectSameFigures, readIntervals } from '../loadgen/hdr_reader.mjs';

const programs = process.env.SOCKBENCH_PROGRAMS; // the folder, from CMakeLists.txt
if (!programs) throw new Error('SOCKBENCH_PROGRAMS must name the folder of the programs.');

const file = fileURLToPath(new URL('../../results/reference/run.json', import.meta.url));
const kKinds = [
  'response_time_ns',
  'service_time_ns',
  'send_delay_ns',
  'take_up_delay_ns',
  'receive_delay_ns',
  'connect_time_ns',
  'first_reply_time_ns',
];

/// Percentiles of the run count unanswered requests as well, which no histogram can hold.
const withoutPercentiles = (block) => ({ ...block, p50: null, p90: null, p99: null, p99_9: null });

/// The blocks of a run by their tags.
function recordedTimes(run) {
  const blocks = new Map();
  for (const cell of run.cells) {
    const unanswered = cell.ledger.answered !== cell.ledger.intended;
    for (const kind of kKinds) {
      if (!cell[kind]) continue;
      const tag = `${cell.contestant}/${cell.workload}/${kind}`.replaceAll(' ', '%20');
      const isLess = unanswered && kind === 'response_time_ns';
      blocks.set(tag, isLess ? withoutPercentiles(cell[kind]) : cell[kind]);
    }
  }
  return blocks;
}

test('the log of the reference run is readable', () => {
  const run = JSON.parse(readFileSync(file, 'utf8'));
  const log = execFileSync(path.join(programs, 'sockbench'), ['export', '--format', 'hdr', file], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const blocks = recordedTimes(run);
  assert.ok(blocks.size > 100);
  for (const interval of readIntervals(log)) {
    const block = blocks.get(interval.tag);
    assert.ok(block, `${interval.tag} was recorded, and stands there once`);
    blocks.delete(interval.tag);
    expectSameFigures(interval, block, interval.tag);
    assert.equal(interval.startTimeStampMsec, Date.parse(run.started_at));
    const seconds = (interval.endTimeStampMsec - interval.startTimeStampMsec) / 1000;
    assert.ok(Math.abs(seconds - run.duration_s) < 0.01, `${interval.tag}: ${seconds} s`);
  }
  assert.deepEqual([...blocks.keys()], [], 'nothing is missing');
});
