// The page: sections in order, one style sheet, nothing from outside and no script.

import { readFileSync } from 'node:fs';

import { answer } from './sections/answer.mjs';
import { cells } from './sections/cells.mjs';
import { claims } from './sections/claims.mjs';
import { comparisons } from './sections/comparisons.mjs';
import { environment } from './sections/environment.mjs';
import { figures } from './sections/figures.mjs';
import { head } from './sections/head.mjs';
import { method } from './sections/method.mjs';
import { trust } from './sections/trust.mjs';
import { html, raw } from './text.mjs';
import { INK, inkPairs } from './theme.mjs';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The inks as CSS variables, and each chart colour swapped for its dark twin on a dark screen.
function inkStyle() {
  const variables = (shade) =>
    Object.entries(INK)
      .map(([name, pair]) => `--${name}:${pair[shade]}`)
      .join(';');
  const swaps = inkPairs()
    .map(({ light, dark }) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`)
    .join('\n');
  return `:root{color-scheme:light dark;${variables('light')}}
@media screen and (prefers-color-scheme: dark){
:root{${variables('dark')}}
${swaps}
}`;
}

const LINKS = [
  ['answer', 'Answer'],
  ['trust', 'Trust'],
  ['charts', 'Charts'],
  ['cells', 'Cells'],
  ['comparisons', 'Comparisons'],
  ['method', 'Method'],
  ['environment', 'Environment'],
];

export function pageOf(run, tables, charts) {
  const style = readFileSync(new URL('style.css', import.meta.url), 'utf8');
  const nav = LINKS.map(([id, text]) => html`<a href="#${id}">${text}</a> `);
  return `${html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<link rel="icon" href="data:,">
<title>sockbench report</title>
<style>
${raw(inkStyle())}
${raw(style)}</style>
</head>
<body>
${head(run, tables)}
<nav aria-label="Sections">${nav}</nav>
<main>
${answer(run, tables)}
${trust(run, tables)}
${claims(run)}
${figures(charts, tables)}
${cells(tables)}
${comparisons(tables)}
${method()}
${environment(run, tables)}
</main>
</body>
</html>`}\n`;
}
