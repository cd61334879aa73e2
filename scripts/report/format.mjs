// Formats numbers. Independent of the locale, so that the same run always gives the same report.

export const ABSENT = 'n/a';

const group = (digits) => digits.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',');

/// Three significant digits, integers from 100, thousands grouped.
export function figure(value) {
  if (value === null) return ABSENT;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 99.95) return `${value < 0 ? '−' : ''}${group(String(Math.round(size)))}`;
  if (size < 1e-6) return value.toExponential(1);
  return value.toPrecision(3).replace('-', '−');
}

/// An integer with thousands grouped.
export const count = (value) => group(String(value));

const TIME_UNITS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];

/// Nanoseconds in the largest unit that keeps the figure at one or more.
export function time(ns) {
  if (ns === null) return ABSENT;
  const [scale, unit] = TIME_UNITS.find(([min]) => Math.abs(ns) >= min) ?? [1, 'ns'];
  return `${figure(ns / scale)} ${unit}`;
}

export const micros = (ns) => (ns === null ? ABSENT : figure(ns / 1e3));

export function ratio(value) {
  if (value === null) return ABSENT;
  const text = value >= 0.1 && value < 10 ? value.toFixed(3) : figure(value);
  return `${text}×`;
}

/// Seconds as text: "17 min 24 s".
export function duration(seconds) {
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${figure(seconds)} s`;
  const [hours, minutes] = [Math.floor(rounded / 3600), Math.floor((rounded % 3600) / 60)];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${rounded % 60} s`;
}

/// A share (1.0 is 100 %) as a percentage.
export function percent(share) {
  return share === null ? ABSENT : `${figure(share * 100)} %`;
}

/// The same without trailing zeros, for text outside a column.
export function shortPercent(share) {
  if (share === null) return ABSENT;
  return `${figure(share * 100)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')} %`;
}

export function probability(p) {
  if (p === null) return ABSENT;
  if (p < 0.0001) return '< 0.0001';
  return p.toFixed(p < 0.001 ? 4 : 3);
}

export function bytes(size) {
  if (size === null) return ABSENT;
  const units = [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ];
  const [scale, unit] = units.find(([min]) => size >= min) ?? [1, 'B'];
  return `${figure(size / scale)} ${unit}`;
}

/// "2026-11-21T10:05:09Z" -> "2026-11-21 10:05 UTC"; other text is returned unchanged.
export function date(iso) {
  const match =
    /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/.exec(iso);
  if (!match) return iso;
  const zone = match[3] === 'Z' ? 'UTC' : (match[3] ?? '');
  return `${match[1]} ${match[2]} ${zone}`.trim();
}
