// The page's own script: the files of interaction/ in one, without what only modules need.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// Each before those that use it.
const FILES = [
  ...['state', 'csv', 'rows', 'rules', 'nearest'],
  ...['address', 'appearance', 'models', 'marks', 'scales', 'cells', 'start'],
];

const IMPORT = /^import [^;]*;\n/gm;
const EXPORT = /^export /gm;
const COMMENT = /^ *\/\/.*\n/gm;

function read(name) {
  const text = readFileSync(new URL(`interaction/${name}.mjs`, import.meta.url), 'utf8');
  return text.replace(COMMENT, '').replace(IMPORT, '').replace(EXPORT, '').replace(/^ +/gm, ' ');
}

/// The script as one text for one <script> element.
export const scriptText = () => `'use strict';(() => {${FILES.map(read).join('')}})();`;

/// How a content security policy names exactly this script.
export const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
