// The page: sections in order, one style sheet and one script, both inline. It loads nothing.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

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

// The files of interaction/, each before those that import it.
const FILES = [
  ...['state', 'table', 'address', 'appearance', 'models'],
  ...['marks', 'scales', 'cells', 'start'],
];

const IMPORT = /^import [^;]*;\n/gm;
const EXPORT = /^export /gm;
const COMMENT = /^ *\/\/.*\n/gm;

function read(name) {
  const text = readFileSync(new URL(`interaction/${name}.mjs`, import.meta.url), 'utf8');
  return text.replace(COMMENT, '').replace(IMPORT, '').replace(EXPORT, '').replace(/^ +/gm, ' ');
}

/// The page's script: the files of interaction/ in one scope, without imports, exports and
/// comments.
export const scriptText = () => `'use strict';(() => {${FILES.map(read).join('')}})();`;

/// The source expression that allows exactly this script in a content security policy.
export const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/// Forbids all requests, and all scripts except this one.
const policyOf = (script) =>
  `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src ${
    script === null ? "'none'" : hashOf(script)
  }; base-uri 'none'; form-action 'none'`;

/// The colours of the page and of the charts as CSS variables, for one shade.
function variables(shade) {
  const inks = Object.entries(INK).map(([name, pair]) => `--${name}:${pair[shade]}`);
  const charts = inkPairs().map((pair, index) => `--i${index}:${pair[shade]}`);
  return [...inks, ...charts].join(';');
}

/// Charts are drawn in light colours. Each is replaced by a variable that has another value in the
/// dark theme.
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

/// A complete page with these sections. `links` are [id, text]; `script` is null for a page without
/// one, which then has no controls.
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
${keys(tables)}<a class="skip" href="#${links[0][0]}">Skip to the content</a>
${header}
<nav class="sections" aria-label="Sections"><div>${nav}</div>${script !== null && theme}</nav>
<main>
${sections}
</main>
${script !== null && raw(`<script>${script}</script>\n`)}</body>
</html>`}\n`;
}

const LINKS = [
  ['answer', 'Advice'],
  ['trust', 'Reliability'],
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
