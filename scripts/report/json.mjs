// Access to parsed JSON in which any value may be missing or of another type.

export const number = (value) => (Number.isFinite(value) ? value : null);
export const list = (value) => (Array.isArray(value) ? value : []);
/// The strings in a list; other entries are dropped.
export const strings = (value) => list(value).filter((entry) => typeof entry === 'string');
export const object = (value) => (value !== null && typeof value === 'object' ? value : {});
export const stringOr = (value, defaultValue) =>
  typeof value === 'string' && value !== '' ? value : defaultValue;

/// The value at a dotted path such as "server.cpu_ns_per_request", or undefined.
export const at = (root, path) => path.split('.').reduce((value, key) => object(value)[key], root);

export function interval(ci95) {
  const [low, high] = list(ci95).map(number);
  return low === null || high === null || low === undefined || high === undefined
    ? null
    : { low, high };
}

/// {median, interval, restarts} without nulls in `restarts`; null when there is no median.
export function statistic(value) {
  const median = number(object(value).median);
  if (median === null) return null;
  const restarts = list(value.per_restart)
    .map(number)
    .filter((restart) => restart !== null);
  return { median, interval: interval(value.ci95), restarts };
}
