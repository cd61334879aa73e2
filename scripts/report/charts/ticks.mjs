// Axis ticks and their labels. On narrow logarithmic axes Vega draws too many ticks or none.

const STEPS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5];
const tidy = (value) => Number(value.toPrecision(12));

function decades(low, high, factors) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const factor of factors) ticks.push(tidy(factor * 10 ** power));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

// Ticks within a decade, from many to few.
const FACTORS = [[1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 8], [1, 2, 5], [1, 3], [1]];

/// The densest ticks, at most `maxCount`.
export function logTicks(low, high, maxCount = 6) {
  for (const factors of FACTORS) {
    const ticks = decades(low, high, factors);
    if (ticks.length <= maxCount) return ticks;
  }
  const tens = decades(low, high, [1]);
  const stride = Math.ceil(tens.length / maxCount);
  return tens.filter((_, index) => index % stride === 0);
}

/// Ticks for ratios: even steps that include 1 on a narrow axis, 1-2-5 on a wide one.
export function ratioTicks(low, high, maxCount = 5) {
  if (high / low > 4) return logTicks(low, high, maxCount);
  for (const step of STEPS) {
    const first = Math.ceil(tidy((low - 1) / step));
    const last = Math.floor(tidy((high - 1) / step));
    if (last - first + 1 > maxCount) continue;
    return Array.from({ length: last - first + 1 }, (_, k) => tidy(1 + (first + k) * step));
  }
  return [1];
}

/// A Vega expression that labels a tick in µs with a suitable unit.
export const MICROS_LABEL =
  "datum.value == 0 ? '0' : " +
  "datum.value >= 1e6 ? format(datum.value / 1e6, '~r') + ' s' : " +
  "datum.value >= 1e3 ? format(datum.value / 1e3, '~r') + ' ms' : " +
  "format(datum.value, '~r') + ' µs'";
