// report.sh: its requirements, its messages when they are missing, and its exit codes.

import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import {
  fixture,
  fixtureRun,
  root,
  runScript,
  temporaryDirectory,
  withoutCode,
} from './helpers.mjs';

const isOneSentence = (text) => /^report: [^\n]+\.\n$/.test(text);

function writeProgram(file, body) {
  writeFileSync(file, `#!/bin/bash\n${body}\n`);
  chmodSync(file, 0o755);
}

/// A directory for PATH with these programs only.
function pathWith(t, programs) {
  const directory = temporaryDirectory(t);
  for (const name of programs) {
    const found =
      name === 'node'
        ? process.execPath
        : ['/usr/bin', '/bin'].map((bin) => path.join(bin, name)).find(existsSync);
    symlinkSync(found, path.join(directory, name));
  }
  return directory;
}

function runDirectory(t, name = 'gaps') {
  const directory = temporaryDirectory(t);
  cpSync(fixture(name), directory, { recursive: true });
  return directory;
}

/// A copy of the script and of scripts/report, without the installed packages.
function scriptCopy(t) {
  const directory = temporaryDirectory(t);
  cpSync(path.join(root, 'scripts/report.sh'), path.join(directory, 'scripts/report.sh'));
  cpSync(path.join(root, 'scripts/report'), path.join(directory, 'scripts/report'), {
    recursive: true,
    filter: (file) => path.basename(file) !== 'node_modules',
  });
  return {
    file: path.join(directory, 'scripts/report.sh'),
    tool: path.join(directory, 'scripts/report'),
  };
}

test('wrong usage is one sentence and exit code 2', (t) => {
  const directory = runDirectory(t);
  for (const args of [
    [],
    [''],
    [directory, ''],
    [directory, directory, directory],
    [directory, directory, '--out'],
    [directory, '/nonexistent'],
    ['/nonexistent'],
    [temporaryDirectory(t)],
  ]) {
    const { status, err } = runScript(args);
    assert.equal(status, 2, JSON.stringify(args));
    assert.ok(isOneSentence(err), err);
  }
});

const edited = (edit) => {
  const run = fixtureRun('gaps');
  edit(run);
  return JSON.stringify(run);
};
const BROKEN = {
  'invalid JSON': '{"schema_version": 1,',
  'an empty file': '',
  'another type': '[]',
  null: 'null',
  'another schema version': edited((run) => {
    run.schema_version = 2;
  }),
  'no cells': edited((run) => {
    delete run.cells;
  }),
  'a cell that is not an object': edited((run) => {
    run.cells[0] = 7;
  }),
  'a contestant without a name': edited((run) => {
    run.contestants[0].name = null;
  }),
  'a contestant named twice': edited((run) => {
    run.contestants[1].name = 'epoll';
  }),
  'a cell given twice': edited((run) => {
    run.cells.push(run.cells[0]);
  }),
  'a cell of an unknown contestant': edited((run) => {
    run.cells[0].contestant = 'x\n</script>';
  }),
};
for (const [what, text] of Object.entries(BROKEN)) {
  test(`a run.json with ${what} is one sentence and exit code 2`, (t) => {
    const directory = temporaryDirectory(t);
    writeFileSync(path.join(directory, 'run.json'), text);
    const { status, err } = runScript([directory]);
    assert.equal(status, 2, err);
    assert.ok(isOneSentence(err), err);
    assert.deepEqual(readdirSync(directory), ['run.json']);
  });
}

test('invalid values in a valid run are accepted', (t) => {
  const directory = temporaryDirectory(t);
  const invalid = edited((run) => {
    Object.assign(run, {
      environment: 7,
      plan: [],
      sockbench: null,
      comparisons: [null, 3],
      rankings: { a: 1 },
      headline: 'text',
      claims: [null],
      started_at: 12,
    });
    Object.assign(run.cells[1], {
      achieved_rps: 'fast',
      response_time_ns: [1],
      server: 5,
      validity: 'x',
      absent: null,
    });
  });
  writeFileSync(path.join(directory, 'run.json'), invalid);
  assert.equal(runScript([directory]).status, 0);
  assert.doesNotMatch(
    withoutCode(readFileSync(path.join(directory, 'report.html'), 'utf8')),
    /NaN|undefined|\[object/,
  );
});

test('without Node the message names the package, exit code 4', (t) => {
  const { status, err } = runScript([runDirectory(t)], { env: { PATH: pathWith(t, ['dirname']) } });
  assert.equal(status, 4);
  assert.ok(isOneSentence(err), err);
  assert.match(err, /package nodejs/);
});

test('an old Node is rejected with its version, exit code 4', (t) => {
  const bin = pathWith(t, ['dirname']);
  writeProgram(path.join(bin, 'node'), 'echo v16.20.2');
  const { status, err } = runScript([runDirectory(t)], { env: { PATH: bin } });
  assert.equal(status, 4);
  assert.match(err, /v16\.20\.2 is too old; install the package nodejs/);
});

test('without npm and packages the message names the package, exit code 4', (t) => {
  const { file } = scriptCopy(t);
  const env = { PATH: pathWith(t, ['dirname', 'node']) };
  const { status, err } = runScript([runDirectory(t)], { env, file });
  assert.equal(status, 4);
  assert.ok(isOneSentence(err), err);
  assert.match(err, /package npm/);
});

test('if npm fails its log is shown, exit code 4', (t) => {
  const { file } = scriptCopy(t);
  const bin = pathWith(t, ['dirname', 'node', 'flock']);
  writeProgram(path.join(bin, 'npm'), 'echo npm ERR network; exit 1');
  const { status, err } = runScript([runDirectory(t)], { env: { PATH: bin }, file });
  assert.equal(status, 4);
  assert.match(
    err,
    /^npm ERR network\nreport: vega and vega-lite are missing and npm could not install them[^\n]*package npm/,
  );
});

test('npm runs only if packages are missing or older than the lock file', (t) => {
  const { file, tool } = scriptCopy(t);
  const bin = pathWith(t, ['dirname', 'node', 'flock', 'touch', 'cp']);
  const calls = path.join(bin, 'calls');
  // Replaces npm: installs a copy of the packages that are installed here.
  writeProgram(
    path.join(bin, 'npm'),
    `echo "$*" >>"${calls}"\ncp -r "${path.join(root, 'scripts/report/node_modules')}" .`,
  );
  const count = () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []);
  const report = () => runScript([runDirectory(t)], { env: { PATH: bin }, file });
  assert.equal(runScript([runDirectory(t)]).status, 0); // installs them if necessary

  const first = report();
  assert.equal(first.status, 0, first.err);
  assert.deepEqual(count(), ['ci --no-audit --no-fund --omit=optional --ignore-scripts']);
  assert.doesNotMatch(first.out, /npm|ci /);

  assert.equal(report().status, 0);
  assert.equal(count().length, 1);

  const later = new Date(Date.now() + 60_000);
  utimesSync(path.join(tool, 'package-lock.json'), later, later);
  assert.equal(report().status, 0);
  assert.equal(count().length, 2);
});

test('sockbench writes report.md before the script checks for Node', (t) => {
  const bin = pathWith(t, ['dirname']);
  const program = path.join(bin, 'my sockbench');
  writeProgram(program, 'printf "%s|" "$@" >"$4"');
  const directory = runDirectory(t);
  const { status } = runScript([directory], { env: { PATH: bin, SOCKBENCH: program } });
  assert.equal(status, 4);
  assert.equal(
    readFileSync(path.join(directory, 'report.md'), 'utf8'),
    `report-md|${directory}/run.json|--out|${directory}/report.md|`,
  );
});

test('the page is written even if sockbench is missing or fails', (t) => {
  const bin = temporaryDirectory(t);
  const program = path.join(bin, 'sockbench');
  writeProgram(program, 'exit 1');
  for (const [SOCKBENCH, stream] of [
    [program, 'err'],
    ['/nonexistent/sockbench', 'out'],
  ]) {
    const directory = runDirectory(t);
    const result = runScript([directory], { env: { SOCKBENCH } });
    assert.equal(result.status, 0);
    assert.equal(result[stream].match(/report\.md is not written/g).length, 1);
    assert.ok(existsSync(path.join(directory, 'report.html')));
  }
});

/// The output of sockbench compare for two runs of this fixture.
const comparison = {
  differences: [{ about: 'environment', what: 'kernel', a: 'old <b>', b: 'new' }],
  environments_differ: true,
  cells: [
    {
      contestant: 'select',
      workload: 'busy',
      reason: null,
      figures: [
        {
          metric: 'achieved_rps',
          a: { median: 1000, ci95: [900, 1100] },
          b: { median: 2000, ci95: null },
          b_to_a_for_information: 2,
          reference: 'epoll',
          to_reference: {
            a: { ratio: 0.5, ci95: [0.4, 0.6] },
            b: { ratio: 0.9, ci95: [0.8, 1.01] },
            intervals_overlap: false,
          },
        },
      ],
    },
    { contestant: 'epoll', workload: 'busy', reason: 'failed in A, valid in B', figures: [] },
  ],
  only_in_a: [],
  only_in_b: [{ contestant: 'poll', workload: 'busy' }],
  cannot_show: 'Not which of two is faster.',
};

/// A fake sockbench that writes this text as its comparison and exits with `status`.
function comparing(t, status, text) {
  const program = path.join(temporaryDirectory(t), 'sockbench');
  const file = `${program}.json`;
  writeFileSync(file, text);
  const find = 'while [[ $1 != --json ]]; do shift; done';
  writeProgram(program, `${find}\ncp "${file}" "$2"\nexit ${status}`);
  return program;
}

test('the page of two runs has both figures of every cell', (t) => {
  const [a, b] = [runDirectory(t, 'seven_models'), runDirectory(t, 'seven_models')];
  const SOCKBENCH = comparing(t, 0, JSON.stringify(comparison));
  const { status, out, err } = runScript([a, b], { env: { SOCKBENCH } });
  assert.equal(status, 0, err);
  assert.equal(out, `report: ${b}/compare.html\n`);
  assert.ok(!existsSync(path.join(b, 'report.html')));
  const page = readFileSync(path.join(b, 'compare.html'), 'utf8');
  for (const part of [
    '1 of 1 ratios',
    'environments differ',
    'old &lt;b&gt;',
    '1,000/s <small>900/s – 1,100/s</small>',
    '<td class="figure">2,000/s</td>',
    '0.900× <small>0.800× – 1.010×</small>',
    'do not overlap</span>',
    'failed in A, valid in B',
    'only in B',
    'Not which of two is faster.',
  ])
    assert.ok(page.includes(part), part);
  assert.doesNotMatch(page, /<script|class="scripted"|NaN|undefined|\[object/);
});

test('the page of two runs is written to --out, and failures are one sentence', (t) => {
  const [a, b] = [runDirectory(t), runDirectory(t)];
  const file = path.join(temporaryDirectory(t), 'deep', 'two.html');
  const run = (SOCKBENCH) => runScript([a, b, '--out', file], { env: { SOCKBENCH } });
  assert.equal(run('/nonexistent/sockbench').status, 4);
  const failed = run(comparing(t, 4, '{}'));
  assert.equal(failed.status, 4);
  assert.ok(isOneSentence(failed.err), failed.err);
  assert.equal(run(comparing(t, 2, '{}')).status, 2);
  const invalid = run(comparing(t, 0, '{}'));
  assert.equal(invalid.status, 2);
  assert.ok(isOneSentence(invalid.err), invalid.err);
  assert.ok(!existsSync(file));
  assert.equal(run(comparing(t, 0, JSON.stringify({ cells: [] }))).status, 0);
  assert.match(readFileSync(file, 'utf8'), /No cell can be compared/);
});

test('if a file cannot be written there is one sentence, exit code 4, and no partial file', (t) => {
  const directory = runDirectory(t);
  mkdirSync(path.join(directory, 'report.html'));
  const { status, err } = runScript([directory]);
  assert.equal(status, 4);
  assert.match(err, /^report: [^\n]*report\.html[^\n]*\n$/);
  assert.ok(!readdirSync(directory).some((name) => name.endsWith('.tmp')));
});

test('the script works from another directory and with a relative path', (t) => {
  const directory = runDirectory(t);
  const name = path.basename(directory);
  const result = runScript([`../${name}`], {
    file: path.join(root, 'scripts/report.sh'),
    cwd: pathWith(t, []),
  });
  assert.equal(result.status, 0, result.err);
  assert.ok(existsSync(path.join(directory, 'report.html')));
});

test('packages are pinned and from the public registry', () => {
  const read = (name) => JSON.parse(readFileSync(path.join(root, 'scripts/report', name)));
  for (const version of Object.values(read('package.json').dependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/);
  }
  for (const [name, entry] of Object.entries(read('package-lock.json').packages)) {
    assert.match(
      entry.resolved ?? 'https://registry.npmjs.org/',
      /^https:\/\/registry\.npmjs\.org\//,
      name,
    );
    if (name !== '') assert.match(entry.integrity, /^sha512-/, name);
  }
});
