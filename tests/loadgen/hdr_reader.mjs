// Histograms as a library of another hand reads them, for tests of what writes them.

import assert from 'node:assert/strict';
import hdr from 'hdr-histogram-js';

// Three significant digits (common/histogram.h). Minimum, maximum and mean are exact in the JSON.
const kPrecision = 1 / 1024;

export function isNear(actual, expected, what) {
  const apart = Math.abs(actual - expected);
  assert.ok(apart <= expected * kPrecision + 1, `${what}: ${actual} instead of ${expected}`);
}

/// The intervals as the library reads them.
export function readIntervals(text) {
  const reader = new hdr.HistogramLogReader(text);
  const intervals = [];
  for (let next; (next = reader.nextIntervalHistogram()) !== null; ) intervals.push(next);
  return intervals;
}

/// `block`: the contract's, of the same times.
export function expectSameFigures(histogram, block, what) {
  assert.equal(histogram.totalCount, block.count, `${what}: count`);
  if (block.min > 0) isNear(histogram.minNonZeroValue, block.min, `${what}: min`);
  isNear(histogram.maxValue, block.max, `${what}: max`);
  isNear(histogram.mean, block.mean, `${what}: mean`);
  const percentiles = { p50: 50, p90: 90, p99: 99, p99_9: 99.9 };
  for (const [key, percent] of Object.entries(percentiles)) {
    if (block[key] === null) continue; // too few samples beyond it
    isNear(histogram.getValueAtPercentile(percent), block[key], `${what}: ${key}`);
  }
}
