// The table of cells: sorting, filtering, download.

import { updateAddress, state } from './address.mjs';
import { compareValues, csvNames, csvText, csvValues, nextOrder, rowMatches } from './table.mjs';

const section = document.getElementById('cells');
const table = section.querySelector('table.all-cells');
const form = section.querySelector('form');
const heads = [...table.tHead.rows[0].cells];
const columns = heads.map((head) => ({
  name: head.dataset.name,
  kind: head.dataset.kind,
  hasInterval: head.dataset.interval !== undefined,
}));

const valueOf = (cell) => cell.dataset.value ?? cell.textContent.trim();
const rows = [...table.tBodies[0].rows].map((element, index) => {
  const values = {};
  [...element.cells].forEach((cell, index) => {
    values[columns[index].name] = valueOf(cell);
  });
  return { element, index, values, text: element.textContent };
});

let isSorted = false;

function showRows() {
  let count = 0;
  for (const row of rows) {
    const isShown = rowMatches(row, state.query);
    if (row.element.hidden === isShown) row.element.hidden = !isShown;
    count += Number(isShown);
  }
  form.querySelector('.shown').textContent = `${count} of ${rows.length} cells`;
}

function sortRows() {
  const { column = null, order = 'none' } = state.sort ?? {};
  if (column === null && !isSorted) return;
  isSorted = column !== null;
  const sorted = columns.find(({ name }) => name === column);
  heads.forEach((head, index) => {
    head.setAttribute('aria-sort', columns[index] === sorted ? order : 'none');
  });
  const inOrder = [...rows].sort((a, b) => {
    const difference = sorted
      ? compareValues(a.values[column], b.values[column], sorted.kind, order)
      : 0;
    return difference || a.index - b.index;
  });
  table.tBodies[0].append(...inOrder.map(({ element }) => element));
}

function addSortButtons() {
  heads.forEach((head, index) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sort';
    button.textContent = head.textContent;
    head.setAttribute('aria-sort', 'none');
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const { name } = columns[index];
      const isSame = state.sort?.column === name;
      state.sort = { column: name, order: nextOrder(isSame ? state.sort.order : null) };
      sortRows();
      updateAddress();
    });
  });
}

/// Downloads the visible rows in their order.
function download() {
  const shown = [...table.tBodies[0].rows].filter((row) => !row.hidden);
  const lines = shown.map((row) =>
    [...row.cells].flatMap((cell, index) => csvValues(columns[index], valueOf(cell))),
  );
  const text = csvText([columns.flatMap(csvNames), ...lines]);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  link.download = 'cells.csv';
  link.click();
  URL.revokeObjectURL(link.href);
}

function readForm() {
  state.query = { q: form.elements.q.value };
  for (const select of form.querySelectorAll('select')) {
    state.query[select.dataset.filter] = select.value;
  }
  showRows();
  updateAddress();
}

/// Updates form and table from the state.
export function showCells() {
  form.elements.q.value = state.query.q ?? '';
  for (const select of form.querySelectorAll('select')) {
    select.value = state.query[select.dataset.filter] ?? '';
  }
  showRows();
  sortRows();
}

export function startCells() {
  addSortButtons();
  form.addEventListener('input', readForm);
  form.addEventListener('submit', (event) => event.preventDefault());
  section.querySelector('button[data-download=csv]').addEventListener('click', download);
  showCells();
}
