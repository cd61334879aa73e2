// The limiter and the validity of every cell, as one letter each.

import { COLOURS } from '../palette.mjs';
import { INK, PANEL_WIDTH, config, maxTextWidth } from '../theme.mjs';
import { clean } from '../text.mjs';
import { ineligibleReason } from '../tables.mjs';
import { TIP, evenly, fromLeft, fromTop, literal } from './marks.mjs';

const MAX_CONTESTANTS = 18; // in a panel
const ROW = 15; // px
const NAME_LIMIT = 16;
const LINE = 15; // px of the legend
const LABEL_ANGLE = -90;

const [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY] = COLOURS.map(({ light }) => light);

// The letter has the meaning; the tint only makes it easier to find.
const KINDS = [
  {
    field: 'limiter',
    title: 'Limiter',
    codes: {
      server: { letter: 'S', text: 'server', tint: BLUE },
      generator: { letter: 'G', text: 'generator', tint: ORANGE },
      neither: { letter: 'N', text: 'neither', tint: null },
    },
  },
  {
    field: 'status',
    title: 'Validity',
    codes: {
      valid: { letter: 'V', text: 'valid', tint: null },
      generator_bound: { letter: 'G', text: 'generator-bound', tint: ORANGE },
      saturated: { letter: 'S', text: 'saturated', tint: SKY },
      model_limit: { letter: 'L', text: 'model limit', tint: PURPLE },
      unstable: { letter: 'U', text: 'unstable', tint: GREEN },
      failed: { letter: 'F', text: 'failed', tint: VERMILLION },
    },
  },
];
const UNKNOWN = { letter: '?', text: 'unknown', tint: null };

function codeOf(kind, cell) {
  const value = cell[kind.field];
  return Object.hasOwn(kind.codes, value ?? '') ? kind.codes[value] : UNKNOWN;
}

/// The legend in lines as wide as the panel.
function legendRows(kind) {
  const rows = [];
  let [x, line] = [0, 0];
  for (const { letter, text, tint } of Object.values(kind.codes)) {
    const width = maxTextWidth([text]) + 26;
    if (x > 0 && x + width > PANEL_WIDTH) [x, line] = [0, line + 1];
    rows.push({ letter, text, tint, x, line });
    x += width;
  }
  return rows;
}

/// The same for both panels, so that their rows are aligned.
const LEGEND_LINES = Math.max(...KINDS.map((kind) => legendRows(kind).at(-1).line + 1));

/// One path per tint: a thick line through each of its cells.
function tintLayers(cells, width, position) {
  const tints = [...new Set(cells.map(({ tint }) => tint))].filter((tint) => tint !== null);
  return tints.map((tint, index) => ({
    name: `tint${index}`,
    data: {
      values: cells
        .filter((cell) => cell.tint === tint)
        .flatMap(({ x, y }) => [
          { x: x - width / 2 + 0.5, y },
          { x: x + width / 2 - 0.5, y },
          { x, y: null },
        ])
        .map((row, order) => ({ ...row, order })),
    },
    mark: {
      type: 'line',
      strokeCap: 'butt',
      strokeWidth: ROW - 1,
      opacity: 0.38,
      stroke: tint,
      invalid: 'break-paths-filter-domains',
    },
    encoding: { ...position, order: { field: 'order', type: 'quantitative' } },
  }));
}

const textLayer = (name, rows, mark, encoding) => ({
  name,
  data: { values: rows },
  mark: { type: 'text', baseline: 'middle', ...mark },
  encoding: { text: { field: 'text' }, ...encoding },
});

function legendLayers(kind, left, top, position) {
  const rows = legendRows(kind).map((row) => ({
    ...row,
    x: row.x - left + 7,
    textX: row.x - left + 18,
    y: row.line * LINE - top + 8,
  }));
  const tinted = rows.filter(({ tint }) => tint !== null);
  return [
    {
      name: 'keyTint',
      data: { values: tinted },
      mark: { type: 'point', shape: 'square', size: 150, filled: true, opacity: 0.38 },
      encoding: { ...position, color: literal('tint') },
    },
    textLayer('keyLetter', rows, { align: 'center' }, { ...position, text: { field: 'letter' } }),
    textLayer('keyText', rows, { align: 'left' }, { ...position, x: fromLeft('textX') }),
  ];
}

function cellsOf(kind, tables, workloads, contestants, column) {
  return workloads.flatMap((workload, row) =>
    contestants.flatMap((contestant, position) => {
      const cell = tables.cell(contestant.name, workload.name);
      if (!cell) return [];
      const { letter, text, tint } = codeOf(kind, cell);
      return [
        {
          x: (position + 0.5) * column,
          y: (row + 0.5) * ROW,
          letter,
          tint,
          ink: tint === null ? INK.muted.light : INK.text.light,
          tip: `${contestant.label}: ${text} in ${clean(workload.name, NAME_LIMIT)}`,
        },
      ];
    }),
  );
}

function dataOf(tables, workloads, contestants) {
  const rows = workloads.flatMap((workload) =>
    contestants.flatMap((contestant) => {
      const cell = tables.cell(contestant.name, workload.name);
      if (!cell) return [];
      const reason = cell.status === 'valid' ? '' : clean(ineligibleReason(cell));
      return [[workload.title, contestant.label, cell.limiter, cell.status, reason]];
    }),
  );
  const texts = ['workload', 'contestant', 'limiter', 'validity', 'reason'];
  return { columns: texts.map((text) => ({ text, isNumber: false })), rows };
}

function panelOf(kind, tables, contestants) {
  const workloads = tables.workloads.filter(({ name }) =>
    contestants.some((contestant) => tables.cell(contestant.name, name)),
  );
  if (workloads.length === 0) return { notes: ['this run has no cells of these contestants'] };
  const names = workloads.map(({ name }, row) => ({
    text: clean(name, NAME_LIMIT),
    x: -6,
    y: (row + 0.5) * ROW,
  }));
  const left = maxTextWidth(names.map(({ text }) => text)) + 6;
  const width = PANEL_WIDTH - left - 4;
  const column = width / contestants.length;
  const heads = contestants.map(({ label }, position) => ({
    text: label,
    x: (position + 0.5) * column,
    y: -6,
  }));
  const top = maxTextWidth(heads.map(({ text }) => text)) + LINE * LEGEND_LINES + 12;
  const cells = cellsOf(kind, tables, workloads, contestants, column);
  const height = ROW * workloads.length;
  const position = { x: fromLeft('x'), y: fromTop('y', height) };
  return {
    notes: [],
    data: dataOf(tables, workloads, contestants),
    spec: {
      width,
      height,
      padding: { left, right: 4, top, bottom: 6 },
      autosize: 'none',
      config,
      layer: [
        ...tintLayers(cells, column, position),
        textLayer(
          'cell',
          cells,
          { align: 'center', aria: true },
          { ...position, text: { field: 'letter' }, color: literal('ink'), description: TIP },
        ),
        textLayer('workload', names, { align: 'right' }, position),
        textLayer('contestant', heads, { align: 'left', angle: LABEL_ANGLE }, position),
        ...legendLayers(kind, left, top, position),
      ],
    },
  };
}

export const limiter = {
  id: 'limiter',
  title: 'Limiter and validity',
  better: null,
  caption:
    'Every cell of the run: whether the server or the generator used all of its CPU time and ' +
    'limited the rate, and whether the cell is valid. If the generator is the limit, rates and ' +
    'times do not describe the server, but CPU per request does. An empty position is a cell ' +
    'that the plan excludes. A limit in the kernel cannot be detected from outside; it is part ' +
    'of “neither”.',
  panels: (tables) => {
    const parts = evenly(tables.contestants, MAX_CONTESTANTS);
    return KINDS.flatMap((kind) =>
      parts.map((part, index) => ({
        workload: {
          title:
            parts.length === 1 ? kind.title : `${kind.title} (${index + 1} of ${parts.length})`,
          condition: 'a row per workload, a column per contestant',
        },
        ...panelOf(kind, tables, part),
      })),
    );
  },
};
