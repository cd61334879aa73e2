// A forest plot: ratios of one metric to the reference contestant with intervals, one panel per
// workload.

import { ratio as ratioText } from '../format.mjs';
import { clean } from '../text.mjs';
import { INK, SIZE, config, rowAxis, rowFrame } from '../theme.mjs';
import { isEligible, verdictText, absentReason, ineligibleReason } from '../tables.mjs';
import { COLOUR, MARKER, TIP, broken, dots } from './marks.mjs';
import { noteLines } from './notes.mjs';
import { figureLayer } from './rows.mjs';
import { ratioTicks } from './ticks.mjs';

const TITLE_NAME_LIMIT = 16; // so that the axis title fits below a narrow plot

// Shown as text next to every ratio, so that the verdict does not depend on the colour of a mark.
const SHORT_VERDICT = { faster: 'faster', slower: 'slower', tie: 'tie', inconclusive: '?' };
const isDecided = (verdict) => verdict === 'faster' || verdict === 'slower';

/// The verdict, or null if it is unknown.
const knownVerdict = ({ verdict }) =>
  Object.hasOwn(SHORT_VERDICT, verdict ?? '') ? verdict : null;

function shownRatio(comparison) {
  const verdict = knownVerdict(comparison);
  return `${ratioText(comparison.ratio)}${verdict ? ` ${SHORT_VERDICT[verdict]}` : ''}`;
}

function tipOf(label, comparison, reference, drawn) {
  const between = drawn
    ? `, 95 % interval ${ratioText(drawn.low)} to ${ratioText(drawn.high)}`
    : '';
  const known = knownVerdict(comparison);
  const verdict = known ? `, ${verdictText(comparison)}` : '';
  return `${label}: ${ratioText(comparison.ratio)} of ${reference.label}${between}${verdict}`;
}

/// The comparisons to the reference that can be drawn, and notes on the others.
function select(tables, workload, metric, reference) {
  const rows = [];
  const notes = [];
  for (const { name, label, colour, marker } of tables.contestants) {
    if (name === workload.reference) continue;
    const cell = tables.cell(name, workload.name);
    const comparison = tables.comparisons.find(
      (entry) =>
        entry.workload === workload.name &&
        entry.metric === metric &&
        entry.base === workload.reference &&
        entry.head === name,
    );
    if (!cell) notes.push([label, 'not run on this workload']);
    else if (!isEligible(cell, metric)) notes.push([label, ineligibleReason(cell, metric)]);
    else if (!comparison) notes.push([label, 'no comparison in run.json']);
    // A logarithmic axis cannot show a ratio of zero or less.
    else if (!(comparison.ratio > 0)) notes.push([label, absentReason(cell, metric)]);
    else {
      const drawn = comparison.interval?.low > 0 ? comparison.interval : null;
      rows.push({
        label,
        colour,
        marker,
        ratio: comparison.ratio,
        margin: comparison.margin,
        low: drawn?.low ?? comparison.ratio,
        high: drawn?.high ?? comparison.ratio,
        hasInterval: drawn !== null,
        restarts: comparison.perRestart.filter((restart) => restart > 0),
        isOpen: !isDecided(comparison.verdict),
        text: shownRatio(comparison),
        tip: tipOf(label, comparison, reference, drawn),
        raw: comparison,
      });
    }
  }
  return { rows, notes: noteLines(notes) };
}

/// The axis contains every restart and interval, the tie band and 1, with some padding.
function domainOf(rows, margin) {
  const low = Math.min(1 - margin, ...rows.flatMap((row) => [row.low, ...row.restarts]));
  const high = Math.max(1 + margin, ...rows.flatMap((row) => [row.high, ...row.restarts]));
  const padding = (high / low) ** 0.06;
  return [low / padding, high * padding];
}

function layersOf(rows, reference, names, domain, margin, height) {
  const x = (field) => ({
    field,
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
  });
  const y = rowAxis(names);
  const fullHeight = { y: { value: 0 }, y2: { value: height } };
  const axis = {
    values: ratioTicks(...domain),
    format: '~r',
    labelFlush: false,
    title: `ratio to ${clean(reference.label, TITLE_NAME_LIMIT)} (log scale)`,
  };
  const dot = { type: 'point', opacity: 1, size: SIZE.dot };
  return [
    ...(margin > 0
      ? [
          {
            name: 'band',
            data: { values: [{ low: Math.max(1 - margin, domain[0]), high: 1 + margin }] },
            mark: { type: 'rect', color: INK.band.light },
            encoding: { x: { ...x('low'), axis }, x2: { field: 'high' }, ...fullHeight },
          },
        ]
      : []),
    {
      name: 'one',
      data: { values: [{ ratio: 1 }] },
      mark: { type: 'rule', color: INK.axis.light, strokeDash: [3, 3] },
      encoding: { x: { ...x('ratio'), axis }, ...fullHeight },
    },
    {
      name: 'restarts',
      data: { values: broken(restartRows(rows), 'ratio') },
      mark: { ...dots(SIZE.restartDot), opacity: 0.5 },
      encoding: {
        x: x('ratio'),
        y,
        stroke: COLOUR,
        detail: { field: 'label', type: 'nominal' },
        order: { field: 'index', type: 'quantitative' },
      },
    },
    {
      name: 'interval',
      data: { values: rows.filter((row) => row.hasInterval) },
      mark: { type: 'rule', strokeWidth: 2 },
      encoding: { x: x('low'), x2: { field: 'high' }, y, stroke: COLOUR },
    },
    {
      name: 'reference',
      data: { values: [reference] },
      mark: { ...dot, filled: true, aria: true },
      encoding: { x: x('ratio'), y, color: COLOUR, shape: MARKER, description: TIP },
    },
    {
      name: 'ratio',
      data: { values: rows.filter((row) => !row.isOpen) },
      mark: { ...dot, filled: true, aria: true },
      encoding: { x: x('ratio'), y, color: COLOUR, shape: MARKER, description: TIP },
    },
    {
      name: 'open',
      data: { values: rows.filter((row) => row.isOpen) },
      mark: { ...dot, fill: INK.paper.light, strokeWidth: 1.5, aria: true },
      encoding: { x: x('ratio'), y, stroke: COLOUR, shape: MARKER, description: TIP },
    },
    figureLayer([...rows, reference], y),
  ];
}

/// The restarts of all rows in one list.
function restartRows(rows) {
  const all = rows.flatMap(({ label, colour, restarts }) =>
    restarts.map((ratio) => ({ label, colour, ratio })),
  );
  return all.map((row, index) => ({ ...row, index }));
}

/// The data of the panel as a table.
function dataOf(rows, reference) {
  const figures = ['ratio', '95 % from', '95 % to', 'p (Holm)', 'restarts'];
  return {
    columns: [
      { text: 'contestant', isNumber: false },
      ...figures.map((text) => ({ text, isNumber: true })),
      { text: `compared with ${reference.label}`, isNumber: false },
    ],
    rows: rows.map(({ label, raw }) =>
      raw
        ? [label, raw.ratio, raw.interval?.low ?? null, raw.interval?.high ?? null].concat([
            raw.pHolm,
            raw.restarts,
            knownVerdict(raw) && verdictText(raw),
          ])
        : [label, 1, null, null, null, null, 'reference'],
    ),
  };
}

/// Rows from best to worst, the reference among them.
function ordered(rows, better) {
  const sign = better === 'higher' ? -1 : 1;
  return [...rows].sort((a, b) => sign * (a.ratio - b.ratio));
}

function panelOf(tables, workload, { metric, better }) {
  const reference = tables.contestant(workload.reference);
  const cell = reference && tables.cell(reference.name, workload.name);
  if (!cell) return { notes: ['the reference contestant was not run on this workload'] };
  if (!isEligible(cell, metric)) {
    const reason = `${reference.label} (the reference): ${ineligibleReason(cell, metric)}`;
    return { notes: [`${clean(reason)}; therefore there is no ratio`] };
  }
  const { rows, notes } = select(tables, workload, metric, reference);
  if (rows.length === 0) return { notes };
  const margin = rows.find((row) => row.margin !== null)?.margin ?? tables.margin ?? 0;
  const { label, colour, marker } = reference;
  const tip = `${label}: the reference, 1 by definition`;
  const own = { label, colour, marker, ratio: 1, text: 'reference', tip };
  const all = ordered([...rows, own], better);
  const names = all.map((row) => row.label);
  const frame = rowFrame(
    names,
    all.map((row) => row.text),
  );
  const layer = layersOf(rows, own, names, domainOf(rows, margin), margin, frame.height);
  return { notes, spec: { ...frame, config, layer }, data: dataOf(all, reference) };
}

export function forest(options) {
  return {
    ...options,
    panels: (tables) =>
      tables.charted.filter(options.isShown).map((workload) => ({
        workload,
        ...panelOf(tables, workload, options),
      })),
  };
}
