// The charts in the order of the page. A new chart is one file and one line here.

import { breakEven } from './break_even.mjs';
import { costModel } from './cost_model.mjs';
import { cpuPerRequest } from './cpu_per_request.mjs';
import { cpuRatio } from './cpu_ratio.mjs';
import { idleCpu } from './idle_cpu.mjs';
import { memoryPerConnection } from './memory_per_connection.mjs';
import { mostlyIdle } from './mostly_idle.mjs';
import { percentiles } from './percentiles.mjs';
import { scaling } from './scaling.mjs';
import { syscalls } from './syscalls.mjs';
import { throughputLatency } from './throughput_latency.mjs';
import { throughputRatio } from './throughput_ratio.mjs';

export const CHARTS = [
  throughputRatio,
  cpuRatio,
  cpuPerRequest,
  percentiles,
  throughputLatency,
  scaling,
  mostlyIdle,
  idleCpu,
  memoryPerConnection,
  syscalls,
  breakEven,
  costModel,
];
