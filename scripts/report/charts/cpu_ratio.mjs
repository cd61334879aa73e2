import { forest } from './forest.mjs';

export const cpuRatio = forest({
  id: 'cpu_ratio',
  title: 'Server CPU per request relative to the reference',
  better: 'lower',
  metric: 'server.cpu_ns_per_request',
  caption:
    'CPU time per request as a ratio to the reference contestant, with 95 % intervals (over ' +
    'restarts, including the variance between runs) and every restart as a dot. The dashed line ' +
    'is the reference; within the shaded band a difference counts as a tie. A hollow mark is a ' +
    'tie or inconclusive (?).',
  isShown: (workload) => workload.mode !== 'idle',
});
