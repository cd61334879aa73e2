// The charts in the order of the page. A new chart is one file and one line here.

import { cpuPerRequest } from './cpu_per_request.mjs';
import { cpuRatio } from './cpu_ratio.mjs';
import { driftAudit } from './drift_audit.mjs';
import { fairness } from './fairness.mjs';
import { idleCpu } from './idle_cpu.mjs';
import { latencyDecomposition } from './latency_decomposition.mjs';
import { limiter } from './limiter.mjs';
import { percentiles } from './percentiles.mjs';
import { throughputRatio } from './throughput_ratio.mjs';
import { timeline } from './timeline.mjs';

export const CHARTS = [
  throughputRatio,
  cpuRatio,
  cpuPerRequest,
  percentiles,
  latencyDecomposition,
  fairness,
  idleCpu,
  limiter,
  timeline,
  driftAudit,
];
