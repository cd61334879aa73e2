// Who set the pace in every cell, and whether its figures are valid: two strips of letters.

import { COLOURS } from '../palette.mjs';
import { INK, PANEL_WIDTH, config, textRoom } from '../theme.mjs';
import { clean } from '../text.mjs';
import { whyNot } from '../tables.mjs';
import { SAID, evenly, fromLeft, fromTop, literal } from './marks.mjs';

const MOST_CONTESTANTS = 18; // beside each other in a panel
const ROW = 15; // px
const NAME_LIMIT = 16;
const LINE = 15; // px of the key
const LABEL_ANGLE = -90;

const [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY] = COLOURS.map(({ light }) => light);

// Letters stand for themselves in grey; the tint only helps the eye to find them.
const KINDS = [
  {
    field: 'limiter',
    title: 'Who set the pace',
    codes: {
      server: { letter: 'S', text: 'server', tint: BLUE },
      generator: { letter: 'G', text: 'generator', tint: ORANGE },
      neither: { letter: 'N', text: 'neither', tint: null },
    },
  },
  {
    field: 'status',
    title: 'Whether the figures are valid',
    codes: {
      valid: { letter: 'V', text: 'valid', tint: null },
      generator_bound: { letter: 'G', text: 'generator-bound', tint: ORANGE },
      saturated: { letter: 'S', text: 'saturated', tint: SKY },
      model_limit: { letter: 'L', text: "model's limit", tint: PURPLE },
      unstable: { letter: 'U', text: 'unstable', tint: GREEN },
      failed: { letter: 'F', text: 'failed', tint: VERMILLION },
    },
  },
];
const UNKNOWN = { letter: '?', text: 'not told', tint: null };

function codeOf(kind, cell) {
  const value = cell[kind.field];
  return Object.hasOwn(kind.codes, value ?? '') ? kind.codes[value] : UNKNOWN;
}

/// The key in lines as wide as the panel.
function keyRows(kind) {
  const rows = [];
  let [x, line] = [0, 0];
  for (const { letter, text, tint } of Object.values(kind.codes)) {
    const width = textRoom([text]) + 26;
    if (x > 0 && x + width > PANEL_WIDTH) [x, line] = [0, line + 1];
    rows.push({ letter, text, tint, x, line });
    x += width;
  }
  return rows;
}

/// The same for both strips, so that their rows stand beside each other.
const KEY_LINES = Math.max(...KINDS.map((kind) => keyRows(kind).at(-1).line + 1));

/// One path per tint: a thick line through every cell of it.
function tintLayers(cells, width, place) {
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
    encoding: { ...place, order: { field: 'order', type: 'quantitative' } },
  }));
}

const textLayer = (name, rows, mark, encoding) => ({
  name,
  data: { values: rows },
  mark: { type: 'text', baseline: 'middle', ...mark },
  encoding: { text: { field: 'text' }, ...encoding },
});

function keyLayers(kind, left, top, place) {
  const rows = keyRows(kind).map((row) => ({
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
      encoding: { ...place, color: literal('tint') },
    },
    textLayer('keyLetter', rows, { align: 'center' }, { ...place, text: { field: 'letter' } }),
    textLayer('keyText', rows, { align: 'left' }, { ...place, x: fromLeft('textX') }),
  ];
}

function cellsOf(kind, tables, workloads, contestants, column) {
  return workloads.flatMap((workload, row) =>
    contestants.flatMap((contestant, place) => {
      const cell = tables.cell(contestant.name, workload.name);
      if (!cell) return [];
      const { letter, text, tint } = codeOf(kind, cell);
      return [
        {
          x: (place + 0.5) * column,
          y: (row + 0.5) * ROW,
          letter,
          tint,
          ink: tint === null ? INK.muted.light : INK.text.light,
          said: `${contestant.label}: ${text} in ${clean(workload.name, NAME_LIMIT)}`,
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
      const why = cell.status === 'valid' ? '' : clean(whyNot(cell));
      return [[workload.title, contestant.label, cell.limiter, cell.status, why]];
    }),
  );
  const texts = ['workload', 'contestant', 'who set the pace', 'validity', 'why'];
  return { columns: texts.map((text) => ({ text, isNumber: false })), rows };
}

function panelOf(kind, tables, contestants) {
  const workloads = tables.workloads.filter(({ name }) =>
    contestants.some((contestant) => tables.cell(contestant.name, name)),
  );
  if (workloads.length === 0) return { notes: ['no cell of this run is of these contestants'] };
  const names = workloads.map(({ name }, row) => ({
    text: clean(name, NAME_LIMIT),
    x: -6,
    y: (row + 0.5) * ROW,
  }));
  const left = textRoom(names.map(({ text }) => text)) + 6;
  const width = PANEL_WIDTH - left - 4;
  const column = width / contestants.length;
  const heads = contestants.map(({ label }, place) => ({
    text: label,
    x: (place + 0.5) * column,
    y: -6,
  }));
  const top = textRoom(heads.map(({ text }) => text)) + LINE * KEY_LINES + 12;
  const cells = cellsOf(kind, tables, workloads, contestants, column);
  const height = ROW * workloads.length;
  const place = { x: fromLeft('x'), y: fromTop('y', height) };
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
        ...tintLayers(cells, column, place),
        textLayer(
          'cell',
          cells,
          { align: 'center', aria: true },
          { ...place, text: { field: 'letter' }, color: literal('ink'), description: SAID },
        ),
        textLayer('workload', names, { align: 'right' }, place),
        textLayer('contestant', heads, { align: 'left', angle: LABEL_ANGLE }, place),
        ...keyLayers(kind, left, top, place),
      ],
    },
  };
}

export const limiter = {
  id: 'limiter',
  title: 'Who set the pace, and what is valid',
  better: null,
  caption:
    'Every cell of the run: whether server or generator used up its CPUs and so set the pace, and ' +
    'whether the cell is valid. Where the generator is the limit, rates and times say nothing of ' +
    'the server, while its CPU per request stands. An empty place is a cell that the plan left out. ' +
    'Whether the kernel was the limit cannot be told from outside: that is among "neither".',
  panels: (tables) => {
    const parts = evenly(tables.contestants, MOST_CONTESTANTS);
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
