// Every chart has one mark per figure in run.json, and names contestants without a figure.

import assert from 'node:assert/strict';
import test from 'node:test';

import { withPage } from './chromium.mjs';
import { NAMES_ALL, expectedMarks, ofModels } from './expected.mjs';
import { broken, reportOn } from './reports.mjs';

/// In the page: per chart the number of marks in every layer, and per panel all texts. Other scales
/// of a chart are ignored; several marks may share a path.
function chartsInPage() {
  const charts = {};
  const marksIn = (group) =>
    [...group.children]
      .map((mark) => mark.getAttribute('d')?.match(/M/g).length ?? 1)
      .reduce((sum, own) => sum + own, 0);
  for (const figure of document.querySelectorAll('#charts figure')) {
    const layers = {};
    const panels = {};
    for (const panel of figure.querySelectorAll('.panel')) {
      if (panel.closest('[hidden]')) continue;
      const heading = panel.querySelector('h4').firstChild.textContent;
      const title = heading.replace(/ \(\d+ of \d+\)\s*$/, '').trim();
      const texts = [...panel.querySelectorAll('svg text, .notes li')];
      panels[title] = [...(panels[title] ?? []), ...texts.map((node) => node.textContent)];
      for (const group of panel.querySelectorAll('g.role-mark')) {
        const [, layer] = /(\w+)_marks/.exec(group.getAttribute('class')) ?? [];
        if (layer) layers[layer] = (layers[layer] ?? 0) + marksIn(group);
      }
    }
    const id = figure.dataset.chart ?? figure.id;
    const owned = [...figure.querySelectorAll('svg [data-model]')];
    const models = [...new Set(owned.map((node) => node.dataset.model))];
    charts[id] = { layers, panels, models };
  }
  return charts;
}

const chartsOf = (file) => withPage(file, {}, ({ page }) => page.evaluate(chartsInPage));

/// The number of marks in the page for each expected layer; a layer without marks is not in the
/// page.
function foundFor(expected, layers) {
  const marksOf = (names) => names.split('+').reduce((sum, layer) => sum + (layers[layer] ?? 0), 0);
  return Object.fromEntries(Object.keys(expected).map((names) => [names, marksOf(names)]));
}

/// The contestants that a panel does not name, as "panel: contestant". A panel without a reference
/// has one note for all.
function unnamed(panels, run) {
  const names = run.contestants.map(({ name }) => name);
  const isNamed = (texts, name) =>
    texts.some((text) => text === name || text.split(/, | \(|: /).includes(name));
  return Object.entries(panels)
    .filter(([, texts]) => !texts.some((text) => text.includes('therefore there is no ratio')))
    .flatMap(([title, texts]) =>
      names.filter((name) => !isNamed(texts, name)).map((name) => `${title}: ${name}`),
    );
}

for (const name of ['seven_models', 'gaps', 'reference']) {
  test(`${name}: every chart has one mark per figure in run.json`, async (t) => {
    const { page: file, run } = await reportOn(name);
    const charts = await chartsOf(file);
    for (const [id, expected] of Object.entries(expectedMarks(run))) {
      await t.test(id, () => {
        assert.ok(charts[id], 'the chart is in the page');
        assert.deepEqual(foundFor(expected, charts[id].layers), expected);
        if (NAMES_ALL.includes(id)) assert.deepEqual(unnamed(charts[id].panels, ofModels(run)), []);
      });
    }
    await t.test('every chart has marks or notes, and only known contestants', () => {
      const labels = ofModels(run).contestants.map(({ name: label }) => label);
      for (const [id, { layers, panels, models }] of Object.entries(charts)) {
        const marks = Object.values(layers).reduce((sum, own) => sum + own, 0);
        const words = Object.values(panels).flat();
        assert.ok(marks > 0 || words.length > 0 || Object.keys(panels).length === 0, id);
        assert.deepEqual(
          models.filter((model) => !labels.includes(model)),
          [],
          id,
        );
      }
    });
  });
}

// If no server of a run was the limit, there are no marks of throughput.
test('every chart has marks in at least one run', async () => {
  const runs = [await reportOn('reference'), await reportOn('seven_models')];
  const all = runs.map(({ run }) => expectedMarks(run));
  for (const id of Object.keys(all[0]))
    assert.ok(
      all.some((marks) => Object.values(marks[id]).some((count) => count > 0)),
      id,
    );
});

test('the checks detect a missing mark, an additional mark and a missing note', async () => {
  const { html, run } = await reportOn('seven_models');
  const expected = expectedMarks(run);
  const firstRatio = /(ratio_marks"[^>]*>)(<(?:path|circle)\b[^>]*?(?:\/>|>\s*<\/\w+>))/;
  const edits = {
    [-1]: (page) => page.replace(firstRatio, '$1'),
    [1]: (page) => page.replace(firstRatio, '$1$2$2'),
  };
  for (const [more, edit] of Object.entries(edits)) {
    const { throughput_ratio: chart } = await chartsOf(broken(html, edit));
    const changed = { ...expected.throughput_ratio };
    changed['ratio+open'] += Number(more);
    assert.deepEqual(foundFor(changed, chart.layers), changed);
  }
  const silent = broken(html, (page) => page.replace(/<li>blocking[^<]*<\/li>/g, ''));
  const { throughput_ratio: chart } = await chartsOf(silent);
  assert.ok(unnamed(chart.panels, run).includes('A few connections: blocking'));
});
