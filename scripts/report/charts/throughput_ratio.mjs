import { forest } from './forest.mjs';

export const throughputRatio = forest({
  id: 'throughput_ratio',
  title: 'Throughput relative to the reference',
  better: 'higher',
  metric: 'achieved_rps',
  caption:
    'Requests per second as a ratio to the reference contestant, with 95 % intervals (over ' +
    'restarts, including the variance between runs) and every restart as a dot. The dashed line ' +
    'is the reference; within the shaded band a difference counts as a tie. A hollow mark is a ' +
    'tie or inconclusive (?).',
  // In an open loop the rate is given, and an idle workload has none.
  isShown: (workload) => workload.mode === 'closed_loop',
});
