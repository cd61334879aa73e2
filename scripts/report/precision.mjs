// Draws results/precision/{classic,sliced}.json: two methods of comparing the same servers.
// Usage: node precision.mjs DIRECTORY OUT.svg

import { readFileSync } from 'node:fs';
import path from 'node:path';

import { writeAtomically } from './files.mjs';
import { renderSpec } from './render.mjs';
import { COLOURS } from './palette.mjs';
import { INK, config } from './theme.mjs';

const METRIC = 'server.cpu_ns_per_request';
const METHODS = [
  { name: 'classic', label: 'consecutive runs of 5 s', colour: COLOURS[1].light },
  { name: 'sliced', label: 'time slices, as in sockbench', colour: COLOURS[0].light },
];
const SIZE = { width: 620, row: 24, gap: 18 };

const study = (directory, name) =>
  JSON.parse(readFileSync(path.join(directory, `${name}.json`), 'utf8'));

/// The slow-down injected into each head, in ns, and the expected ratio.
function expectedRatios(sliced) {
  return sliced.summary
    .filter((entry) => entry.metric === METRIC)
    .map((entry) => ({
      head: entry.head,
      injected: entry.injected_ns ?? 0,
      expected: 1 + (entry.injected_ns ?? 0) / entry.base_median,
    }));
}

const headLabel = ({ injected, expected }) =>
  injected === 0
    ? 'the same server'
    : `+${Math.round(injected)} ns per request (+${((expected - 1) * 100).toFixed(1)} %)`;

function pictureOf(directory) {
  const studies = Object.fromEntries(METHODS.map(({ name }) => [name, study(directory, name)]));
  const heads = expectedRatios(studies.sliced);
  const rows = heads.flatMap((head) =>
    METHODS.map((method) => ({ head, method, key: `${head.head} ${method.name}` })),
  );
  const position = (key) => {
    const index = rows.findIndex((row) => row.key === key);
    return index * SIZE.row + Math.floor(index / METHODS.length) * SIZE.gap + SIZE.row / 2;
  };
  const height = rows.length * SIZE.row + (heads.length - 1) * SIZE.gap;
  const dots = rows.flatMap(({ head, method, key }) =>
    studies[method.name].comparisons
      .filter((row) => row.metric === METRIC && row.head === head.head)
      .map((row) => ({ ratio: row.ratio, y: position(key), colour: method.colour })),
  );
  const ratios = [...dots.map((dot) => dot.ratio), ...heads.map((head) => head.expected)];
  const domain = [Math.min(...ratios) / 1.02, Math.max(...ratios) * 1.02];
  const x = {
    field: 'ratio',
    type: 'quantitative',
    scale: { type: 'log', domain, nice: false },
    axis: {
      title: 'measured ratio of server CPU per request (log scale); each dot is one comparison',
      values: [0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.5, 1.75, 2, 3, 4].filter(
        (value) => value > domain[0] && value < domain[1],
      ),
      format: '~r',
    },
  };
  const y = {
    field: 'y',
    type: 'quantitative',
    scale: { domain: [0, height], range: [0, height], nice: false, zero: false },
    axis: null,
  };
  const texts = [
    ...heads.map((head) => ({
      text: headLabel(head),
      y: position(`${head.head} classic`) + SIZE.row / 2,
      left: -250,
      weight: 600,
    })),
  ];
  const keys = rows.map(({ method, key }) => ({ text: method.name, y: position(key), left: -10 }));
  const label = (values, align, extra) => ({
    data: { values },
    mark: { type: 'text', align, ...extra },
    encoding: { x: { value: values[0].left }, y, text: { field: 'text' } },
  });
  return {
    width: SIZE.width,
    height,
    padding: { left: 270, right: 20, top: 58, bottom: 44 },
    autosize: 'none',
    config,
    title: {
      text: 'The same servers compared twenty times with two methods, 25 s per repetition',
      subtitle: `classic: ${METHODS[0].label}. sliced: ${METHODS[1].label}. Tick: expected ratio.`,
      anchor: 'start',
      frame: 'bounds',
      fontSize: 13,
      subtitleColor: INK.muted.light,
      offset: 16,
    },
    layer: [
      {
        data: { values: [{ ratio: 1 }] },
        mark: { type: 'rule', color: INK.axis.light, strokeDash: [3, 3] },
        encoding: { x, y: { value: 0 }, y2: { value: height } },
      },
      {
        data: {
          values: heads.map((head) => ({
            ratio: head.expected,
            y: position(`${head.head} classic`) - SIZE.row / 2,
            y2: position(`${head.head} sliced`) + SIZE.row / 2,
          })),
        },
        mark: { type: 'rule', color: INK.text.light, strokeWidth: 1.5 },
        encoding: { x, y, y2: { field: 'y2' } },
      },
      {
        data: { values: dots },
        mark: { type: 'point', filled: true, size: 38, opacity: 0.65 },
        encoding: { x, y, color: { field: 'colour', type: 'nominal', scale: null } },
      },
      label(texts, 'left', { fontWeight: 600 }),
      label(keys, 'right', { color: INK.muted.light }),
    ],
  };
}

const [directory, out, ...rest] = process.argv.slice(2);
if (out === undefined || rest.length > 0) {
  console.error(
    'precision: expected a directory with classic.json and sliced.json, and an output file.',
  );
  process.exit(2);
}
const svg = await renderSpec(pictureOf(directory));
writeAtomically(out, svg.replace('<svg ', `<svg role="img" style="background:#fff" `));
