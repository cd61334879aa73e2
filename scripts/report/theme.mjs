// How every chart looks: inks, sizes, and the Vega-Lite configuration made of them.
//
// Charts are drawn in the light inks. The page swaps each for its dark twin by style rules on the
// colour attribute, so one SVG serves both; the files in charts/ stay light, for papers.

import { COLOURS } from './palette.mjs';

export const INK = {
  text: { light: '#1c232d', dark: '#e7ebf0' },
  muted: { light: '#5a6572', dark: '#a3adba' },
  axis: { light: '#8b95a1', dark: '#6d7784' },
  grid: { light: '#e4e8ed', dark: '#2b323c' },
  band: { light: '#dde6f0', dark: '#2a3a4d' },
  paper: { light: '#ffffff', dark: '#191e25' },
  faded: { light: '#949da8', dark: '#77818d' },
};

// Liberation Sans is what fonts-liberation brings, and has the widths of the other two: a picture is
// the same wherever one of them is installed.
export const FONT = '"Liberation Sans", Arial, Helvetica, sans-serif';
// A panel printed 85 mm wide then has its 11 px texts in 8.03 pt: journals want 8 at least.
export const PANEL_WIDTH = 330;
const ROW_HEIGHT = 21;

// Widths in px of letters of 11 px: those of DejaVu Sans, the widest font that a page may be shown in.
const NARROW = /[ijlIftr ,.:;'|!()[\]-]/u;
const WIDE = /[mwMW@%×…—]|[^\u0000-\u2fff]/u;
const WIDTH = { narrow: 4.6, wide: 11.2, capital: 8.4, other: 7 };

export const SIZE = { dot: 46, restart: 10, restartDot: 3.2 };

export const config = {
  aria: false, // the chart has one title and description; marks are not read out one by one
  font: FONT,
  background: null,
  view: { stroke: null },
  axis: {
    labelColor: INK.text.light,
    titleColor: INK.muted.light,
    titleFontWeight: 'normal',
    titleFontSize: 11,
    labelFontSize: 11,
    gridColor: INK.grid.light,
    domainColor: INK.axis.light,
    tickColor: INK.axis.light,
    titlePadding: 6,
  },
  text: { fontSize: 11, fill: INK.text.light },
};

function characterWidth(character) {
  if (WIDE.test(character)) return WIDTH.wide;
  if (NARROW.test(character)) return WIDTH.narrow;
  return /\p{Lu}/u.test(character) ? WIDTH.capital : WIDTH.other;
}

const textWidth = (text) =>
  [...text].reduce((sum, character) => sum + characterWidth(character), 0);

/// Width in px that is enough for the longest of the texts.
export const textRoom = (texts) =>
  Math.ceil(Math.max(3 * WIDTH.other, ...texts.map(textWidth)));

/// The frame of a panel with one row per name: plot size, and padding for names and figures.
export function rowFrame(names, figures) {
  const left = textRoom(names) + 12;
  const right = textRoom(figures) + 14;
  return {
    width: PANEL_WIDTH - left - right,
    height: ROW_HEIGHT * names.length,
    padding: { left, right, top: 6, bottom: 38 },
    autosize: 'none',
  };
}

/// The vertical axis of a panel with one row per name, best first.
export const rowAxis = (names) => ({
  field: 'label',
  type: 'ordinal',
  scale: { domain: names },
  axis: { title: null, domain: false, ticks: false, labelPadding: 8, labelLimit: 400 },
});

/// Every colour a chart may use, with its dark twin.
export const inkPairs = () => [...Object.values(INK), ...COLOURS];
