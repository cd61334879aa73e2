// The parts of the page's script that need no DOM.

import assert from 'node:assert/strict';
import test from 'node:test';
import vm from 'node:vm';

import { nearestBox, placeBeside } from '../../scripts/report/interaction/marks.mjs';
import { hidingRules, highlightRules, quoted } from '../../scripts/report/interaction/models.mjs';
import { formatState, parseState } from '../../scripts/report/interaction/state.mjs';
import {
  compareValues,
  csvField,
  csvNames,
  csvText,
  csvValues,
  nextOrder,
  rowMatches,
} from '../../scripts/report/interaction/table.mjs';
import { hashOf, scriptText } from '../../scripts/report/page.mjs';

const EMPTY = { target: '', hidden: [], scales: {}, query: {}, sort: null };

test('an address is converted to the state and back', () => {
  const states = [
    EMPTY,
    { ...EMPTY, target: 'chart-cpu_ratio' },
    { ...EMPTY, target: 'cells', query: { q: 'a b&c=d', workload: 'busy' } },
    { ...EMPTY, hidden: ['epoll', 'a "b", ü?#'], scales: { cpu: 'log', x: 'linear' } },
    { ...EMPTY, target: 'cells', sort: { column: 'achieved_rps', order: 'descending' } },
  ];
  for (const state of states) assert.deepEqual(parseState(formatState(state)), state);
  assert.equal(formatState(EMPTY), '#');
  assert.equal(
    formatState({ ...EMPTY, target: 'cells', query: { q: '' }, hidden: ['x'] }),
    '#cells?hide=x',
  );
});

test('invalid parts of an address are ignored', () => {
  assert.deepEqual(parseState(''), EMPTY);
  assert.deepEqual(parseState('#a%zz?sort=x:sideways&what=1'), { ...EMPTY, target: 'a%zz' });
});

test('fields of a CSV file are quoted and never formulas', () => {
  for (const [value, field] of [
    ['epoll', 'epoll'],
    ['1.5', '1.5'],
    ['-3e-5', '-3e-5'],
    ['', ''],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [' padded', '" padded"'],
    ['=1+1', "'=1+1"],
    ['@cmd', "'@cmd"],
    ['-x', "'-x"],
    ['=HYPERLINK("a","b")', '"\'=HYPERLINK(""a"",""b"")"'],
  ]) {
    assert.equal(csvField(value), field, value);
  }
  assert.equal(
    csvText([
      ['a', 'b'],
      ['1', '=2'],
    ]),
    "a,b\r\n1,'=2\r\n",
  );
});

test('a figure with an interval is three fields', () => {
  const column = { name: 'rps', kind: 'figure', hasInterval: true };
  assert.deepEqual(csvNames(column), ['rps', 'rps_low', 'rps_high']);
  assert.deepEqual(csvValues(column, '5 4 6'), ['5', '4', '6']);
  assert.deepEqual(csvValues(column, '5'), ['5', '', '']);
  assert.deepEqual(csvValues(column, ''), ['', '', '']);
  assert.deepEqual(csvNames({ ...column, hasInterval: false }), ['rps']);
  assert.deepEqual(csvValues({ ...column, hasInterval: false }, '7'), ['7']);
  assert.deepEqual(csvValues({ kind: 'text' }, 'two words'), ['two words']);
});

test('rows are sorted by number or text, those without a figure last', () => {
  const sorted = (values, kind, order) =>
    [...values].sort((a, b) => compareValues(a, b, kind, order));
  assert.deepEqual(sorted(['10 9 11', '', '9', '100'], 'figure', 'ascending'), [
    '9',
    '10 9 11',
    '100',
    '',
  ]);
  assert.deepEqual(sorted(['10', '', '9'], 'figure', 'descending'), ['10', '9', '']);
  assert.deepEqual(sorted(['b', 'a', ''], 'text', 'ascending'), ['a', 'b', '']);
  assert.equal(compareValues('a', 'a', 'text', 'ascending'), 0);
  assert.equal(compareValues('', '', 'figure', 'ascending'), 0);
  assert.deepEqual([null, 'ascending', 'descending'].map(nextOrder), [
    'ascending',
    'descending',
    'ascending',
  ]);
});

test('a row is shown if it contains all words and matches every filter', () => {
  const row = { text: 'Busy, 64 connections epoll valid', values: { workload: 'busy' } };
  for (const [query, isShown] of [
    [{}, true],
    [{ q: '' }, true],
    [{ q: 'EPOLL busy' }, true],
    [{ q: 'epoll select' }, false],
    [{ q: ' 64 ', workload: 'busy' }, true],
    [{ workload: 'many' }, false],
    [{ workload: '' }, true],
    [{ contestant: 'epoll' }, false],
  ]) {
    assert.equal(rowMatches(row, query), isShown, JSON.stringify(query));
  }
});

test('a label is quoted in a style rule', () => {
  assert.equal(quoted('a"]{}\\'), '"a\\"]{}\\\\"');
  assert.equal(quoted('a\nb'), '"a b"');
  assert.deepEqual(hidingRules(['a', 'b']), [
    'figure svg [data-model="a"]{visibility:hidden}',
    'figure svg [data-model="b"]{visibility:hidden}',
  ]);
  assert.deepEqual(highlightRules(null), []);
  assert.match(highlightRules('a')[0], /:not\(\[data-model="a"\]\)\{opacity:\.\d+\}$/);
});

const box = (left, top, size) => ({ left, top, right: left + size, bottom: top + size });

test('the nearest mark within reach, or the smallest of several that contain the point', () => {
  const boxes = [box(0, 0, 100), box(10, 10, 4), box(200, 0, 4)];
  for (const [x, y, index] of [
    [12, 12, 1],
    [50, 50, 0],
    [194, 2, 2],
    [150, 2, -1],
    [105, 50, 0],
  ]) {
    assert.equal(nearestBox(boxes, x, y, 12), index, `${x},${y}`);
  }
  assert.equal(nearestBox([], 0, 0, 12), -1);
});

test('a tooltip is above its mark, or below it, and inside the window', () => {
  const view = { width: 400, height: 300 };
  const size = { width: 100, height: 20 };
  for (const [mark, place] of [
    [box(195, 100, 10), { left: 150, top: 72 }],
    [box(195, 5, 10), { left: 150, top: 23 }],
    [box(0, 100, 10), { left: 8, top: 72 }],
    [box(395, 100, 10), { left: 292, top: 72 }],
  ]) {
    assert.deepEqual(placeBeside(mark, size, view), place);
  }
});

test('the script is valid, without modules, evaluation or markup that ends its element', () => {
  const text = scriptText();
  assert.doesNotThrow(() => new vm.Script(text));
  assert.doesNotMatch(text, /\b(import|export|eval|fetch|XMLHttpRequest|innerHTML)\b|<\/|<!--/);
  assert.equal(hashOf('a'), "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='");
});
