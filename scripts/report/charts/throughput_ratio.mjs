import { forest } from './forest.mjs';

export const throughputRatio = forest({
  id: 'throughput_ratio',
  title: 'Throughput against the reference',
  better: 'higher',
  metric: 'achieved_rps',
  caption:
    'Requests per second as a ratio to the reference contestant, with 95 % intervals (over ' +
    'restarts, and for what other runs differ by) and every restart as a dot. The dashed line is ' +
    'the reference; inside the shaded band a difference counts as a tie. A hollow mark is a tie or ' +
    'inconclusive (?).',
  // An open loop sets the rate and an idle workload has none: there is nothing to compare.
  isShown: (workload) => workload.mode === 'closed_loop',
});
