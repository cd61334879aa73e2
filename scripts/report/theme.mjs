// Colours, sizes and the Vega-Lite configuration of all charts.
//
// Charts are drawn in the light colours. Style rules of the page replace each by its dark variant,
// so that one SVG serves both themes. The files in charts/ are always light.

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

// Liberation Sans (package fonts-liberation) has the widths of the other two: the picture is the
// same with any of them.
export const FONT = '"Liberation Sans", Arial, Helvetica, sans-serif';
// Printed 85 mm wide, text of 11 px is 8.03 pt; journals require at least 8 pt.
export const PANEL_WIDTH = 330;
const ROW_HEIGHT = 21;

// Widths in px of characters of 11 px in DejaVu Sans, the widest font that a browser may use.
const NARROW = /[ijlIftr ,.:;'|!()[\]-]/u;
const WIDE = /[mwMW@%×…—]|[^\u0000-\u2fff]/u;
const WIDTH = { narrow: 4.6, wide: 11.2, capital: 8.4, other: 7 };

export const SIZE = { dot: 46, restart: 10, restartDot: 3.2 };

export const config = {
  aria: false, // the chart has one title and description; screen readers skip the marks
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

/// An upper bound of the width in px of the longest text.
export const maxTextWidth = (texts) =>
  Math.ceil(Math.max(3 * WIDTH.other, ...texts.map(textWidth)));

/// The frame of a panel with one row per name: size of the plot, padding for names and figures.
export function rowFrame(names, figures) {
  const left = maxTextWidth(names) + 12;
  const right = maxTextWidth(figures) + 14;
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

/// Every colour of the charts with its dark variant.
export const inkPairs = () => [...Object.values(INK), ...COLOURS];
