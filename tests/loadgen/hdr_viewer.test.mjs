// What loadgen writes as HdrHistogram, read by a library of another hand: the V2 encoding and the
// log format are right if the figures that come out are those that went in.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test, { describe } from 'node:test';
import hdr from 'hdr-histogram-js';
import { expectSameFigures, isNear, readIntervals } from './hdr_reader.mjs';

const programs = process.env.SOCKBENCH_PROGRAMS; // the folder, from CMakeLists.txt
if (!programs) throw new Error('SOCKBENCH_PROGRAMS must name the folder of the programs.');

const kNoTag = 'NO TAG';

/// Starts a server of this build for the test `t`; its address.
async function startServer(t, name, flags = []) {
  const child = spawn(path.join(programs, name), flags, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) return line.split(' ')[1];
  throw new Error(`${name} did not become ready`);
}

/// Runs loadgen to its end: its two files, and when it ran in seconds since the epoch.
async function measure(t, address, flags) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sockbench-hdr-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name) => path.join(folder, name);
  const command = ['--connect', address, '--quiet', '--warmup', '0', ...flags];
  const from = Date.now() / 1000;
  const child = spawn(
    path.join(programs, 'loadgen'),
    [...command, '--hdr', file('log'), '--json', file('json')],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const status = await new Promise((done, failed) => child.on('exit', done).on('error', failed));
  assert.equal(status, 0);
  const text = readFileSync(file('log'), 'utf8');
  const json = JSON.parse(readFileSync(file('json'), 'utf8'));
  return { json, text, from, to: Date.now() / 1000 };
}

function merge(histograms) {
  const all = hdr.build({ highestTrackableValue: 2 ** 42 - 1, numberOfSignificantValueDigits: 3 });
  for (const histogram of histograms) all.add(histogram);
  return all;
}

/// The four columns of each line, as text.
function columnsOf(text) {
  const lines = text.split('\n');
  assert.equal(lines.pop(), '', 'the last line is complete');
  const [version, start, legend, ...rows] = lines;
  assert.equal(version, '#[Histogram log format version 1.3]');
  assert.match(start, /^#\[StartTime: \d+\.\d{3} \(seconds since epoch\)\]$/);
  assert.equal(
    legend,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
  );
  for (const row of rows) {
    assert.match(row, /^\d+\.\d{3},\d+\.\d{3},\d+\.\d{3},[A-Za-z0-9+/]+={0,2}$/, 'no tag');
  }
  return rows.map((row) => row.split(','));
}

/// A second or little more each, the last one what is left. A second without a reply has no line;
/// there are none if the load was `steady`.
function expectPlausibleTimes(rows, seconds, steady) {
  let end = 0;
  for (const [index, row] of rows.entries()) {
    const [start, length] = row.map(Number);
    // Threads change over within the same 100 ms, and a busy machine may delay one of them.
    const gap = start - end;
    assert.ok(gap > -0.5 && !(steady && gap > 0.5), `line ${index}: from ${start} after ${end} s`);
    const isLast = index === rows.length - 1;
    assert.ok(length > 0 && (isLast || length >= 1), `line ${index}: takes ${length} s`);
    end = start + length;
  }
  if (steady) assert.equal(Number(rows[0][0]), 0);
  assert.ok(end >= seconds - 0.002, `${end} s are covered of ${seconds}`);
}

function expectReadable({ json, text, from, to }, steady) {
  const rows = columnsOf(text);
  expectPlausibleTimes(rows, json.duration_s, steady);

  const intervals = readIntervals(text);
  assert.equal(intervals.length, rows.length);
  assert.deepEqual(hdr.listTags(text), [kNoTag]);
  for (const [index, interval] of intervals.entries()) {
    assert.equal(interval.tag, kNoTag);
    assert.ok(interval.totalCount > 0);
    isNear(interval.maxValue, Number(rows[index][2]) * 1e6, 'Interval_Max, in milliseconds');
    // Absolute by the header's StartTime; half a second for the rounding and a step of the clock.
    const [start, end] = [interval.startTimeStampMsec / 1e3, interval.endTimeStampMsec / 1e3];
    assert.ok(start >= from - 0.5 && end <= to + 0.5, `${start} to ${end} in ${from} to ${to}`);
  }
  const counts = intervals.map((interval) => interval.totalCount);
  const sum = counts.reduce((one, other) => one + other, 0);
  assert.equal(sum, json.ledger.answered);
  assert.equal(sum, json.ledger.intended, 'the load was answered in full');
  expectSameFigures(merge(intervals), json.response_time_ns, 'log');
  const longest = Math.max(...rows.map((row) => Number(row[2])));
  assert.ok(Math.abs(longest - json.response_time_ns.max / 1e6) <= 0.001, 'Interval_Max is exact');
}

function expectReadableBlocks(json) {
  for (const name of ['response_time_ns', 'service_time_ns', 'send_delay_ns', 'take_up_delay_ns', 'connect_time_ns']) {
    if (json[name] === null) continue;
    const histogram = hdr.decodeFromCompressedBase64(json[name].hdr);
    assert.equal(histogram.numberOfSignificantValueDigits, 3);
    expectSameFigures(histogram, json[name], name);
  }
}

const workloads = {
  'closed loop': ['-c', '16', '-d', '2500ms'],
  'open loop, two threads': ['-c', '8', '-t', '2', '-R', '8000', '-d', '2500ms'],
};

describe('a log and a result are readable', { concurrency: true }, () => {
  for (const [name, flags] of Object.entries(workloads)) {
    test(name, async (t) => {
      const measured = await measure(t, await startServer(t, 'server-epoll'), flags);
      assert.notEqual(measured.json.response_time_ns.p99, null);
      expectReadable(measured, true);
      assert.ok(readIntervals(measured.text).length >= 2, 'there was something to merge');
      expectReadableBlocks(measured.json);
    });
  }

  // 4.4 s are more nanoseconds than 32 bits hold.
  test('times beyond 32 bits', async (t) => {
    const address = await startServer(t, 'fault_server', ['--delay', '4400ms']);
    const measured = await measure(t, address, ['-c', '3', '-d', '100ms', '--timeout', '60s']);
    assert.ok(measured.json.response_time_ns.min > 2 ** 32);
    expectReadable(measured, false);
    expectReadableBlocks(measured.json);
  });
});
