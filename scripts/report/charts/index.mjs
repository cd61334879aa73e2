// The charts in the order of the page. To add a chart, add a file and a line here.

import { breakEven } from './break_even.mjs';
import { costModel } from './cost_model.mjs';
import { cpuPerRequest } from './cpu_per_request.mjs';
import { cpuRatio } from './cpu_ratio.mjs';
import { driftAudit } from './drift_audit.mjs';
import { fairness } from './fairness.mjs';
import { idleCpu } from './idle_cpu.mjs';
import { latencyDecomposition } from './latency_decomposition.mjs';
import { limiter } from './limiter.mjs';
import { memoryPerConnection } from './memory_per_connection.mjs';
import { mostlyIdle } from './mostly_idle.mjs';
import { percentiles } from './percentiles.mjs';
import { scaling } from './scaling.mjs';
import { syscalls } from './syscalls.mjs';
import { throughputLatency } from './throughput_latency.mjs';
import { throughputRatio } from './throughput_ratio.mjs';
import { timeline } from './timeline.mjs';

export const CHARTS = [
  throughputRatio,
  cpuRatio,
  cpuPerRequest,
  percentiles,
  latencyDecomposition,
  throughputLatency,
  scaling,
  mostlyIdle,
  idleCpu,
  memoryPerConnection,
  syscalls,
  fairness,
  breakEven,
  costModel,
  limiter,
  timeline,
  driftAudit,
];
