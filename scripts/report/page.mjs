// The page: sections in order, one style sheet, one script of its own, nothing from outside.

import { readFileSync } from 'node:fs';

import { hashOf, scriptText } from './script.mjs';
import { answer } from './sections/answer.mjs';
import { cells } from './sections/cells.mjs';
import { claims } from './sections/claims.mjs';
import { comparisons } from './sections/comparisons.mjs';
import { environment } from './sections/environment.mjs';
import { figures } from './sections/figures.mjs';
import { head } from './sections/head.mjs';
import { method } from './sections/method.mjs';
import { keys } from './sections/parts.mjs';
import { trust } from './sections/trust.mjs';
import { html, raw } from './text.mjs';
import { INK, inkPairs } from './theme.mjs';

/// Nothing is fetched; of scripts only the one with this hash runs.
const policyOf = (script) =>
  `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src ${
    script === null ? "'none'" : hashOf(script)
  }; base-uri 'none'; form-action 'none'`;

/// The inks of the page and of the charts as CSS variables in one shade.
function variables(shade) {
  const inks = Object.entries(INK).map(([name, pair]) => `--${name}:${pair[shade]}`);
  const charts = inkPairs().map((pair, index) => `--i${index}:${pair[shade]}`);
  return [...inks, ...charts].join(';');
}

/// Charts are drawn in light inks; each becomes a variable, which is another one in the dark.
function inkStyle() {
  const swaps = inkPairs().map(
    ({ light }, index) =>
      `[fill="${light}"]{fill:var(--i${index})}[stroke="${light}"]{stroke:var(--i${index})}`,
  );
  return `:root{color-scheme:light;${variables('light')}}
@media screen{:root[data-theme=dark]{color-scheme:dark;${variables('dark')}}}
@media screen and (prefers-color-scheme:dark){
:root:not([data-theme=light]){color-scheme:dark;${variables('dark')}}}
${swaps.join('\n')}`;
}

/// A whole page around these sections. `links` are [id, text]; a page without a script shows none
/// of what needs one.
export function documentOf({ title, header, tables, links, sections, script }) {
  const style = readFileSync(new URL('style.css', import.meta.url), 'utf8');
  const nav = links.map(([id, text]) => html`<a href="#${id}">${text}</a> `);
  const theme = html`<button type="button" class="scripted" data-theme="light">Dark</button>`;
  return `${html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${raw(policyOf(script))}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>
${raw(inkStyle())}
${raw(style)}</style>
</head>
<body>
${keys(tables)}<a class="skip" href="#${links[0][0]}">Skip to the answer</a>
${header}
<nav class="sections" aria-label="Sections"><div>${nav}</div>${script !== null && theme}</nav>
<main>
${sections}
</main>
${script !== null && raw(`<script>${script}</script>\n`)}</body>
</html>`}\n`;
}

const LINKS = [
  ['answer', 'Answer'],
  ['trust', 'Trust'],
  ['claims', 'Claims'],
  ['charts', 'Charts'],
  ['cells', 'Cells'],
  ['comparisons', 'Comparisons'],
  ['method', 'Method'],
  ['environment', 'Environment'],
];

export function pageOf(run, tables, charts) {
  return documentOf({
    title: 'sockbench report',
    header: head(run, tables),
    tables,
    links: LINKS,
    script: scriptText(),
    sections: [
      answer(run, tables),
      trust(run, tables),
      claims(run),
      figures(charts, tables),
      cells(tables),
      comparisons(tables),
      method(),
      environment(run, tables),
    ],
  });
}
