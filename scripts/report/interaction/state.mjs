// The choices of the reader as the fragment of an address: "#cells?hide=select&hide=poll".

/// {target, hidden: [label], scales: {chart: scale}, query: {q, workload, …}, sort: {column,
/// order}} from the hash of an address; missing parts are empty.
export function parseState(hash) {
  const text = hash.replace(/^#/, '');
  const cut = text.indexOf('?');
  const target = cut < 0 ? text : text.slice(0, cut);
  const fields = new URLSearchParams(cut < 0 ? '' : text.slice(cut + 1));
  const state = { target: decoded(target), hidden: [], scales: {}, query: {}, sort: null };
  for (const [name, value] of fields) {
    if (name === 'hide') state.hidden.push(value);
    else if (name === 'sort') state.sort = sortOf(value);
    else if (name.startsWith('scale.')) state.scales[name.slice('scale.'.length)] = value;
    else if (name.startsWith('cells.')) state.query[name.slice('cells.'.length)] = value;
  }
  return state;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function sortOf(value) {
  const [, column, order] = /^(.+):(ascending|descending)$/.exec(value) ?? [];
  return column ? { column, order } : null;
}

/// The inverse of parseState(); empty parts are omitted.
export function formatState({ target, hidden, scales, query, sort }) {
  const fields = new URLSearchParams();
  for (const label of hidden) fields.append('hide', label);
  for (const [chart, scale] of Object.entries(scales)) fields.append(`scale.${chart}`, scale);
  for (const [name, value] of Object.entries(query)) {
    if (value !== '') fields.append(`cells.${name}`, value);
  }
  if (sort) fields.append('sort', `${sort.column}:${sort.order}`);
  const text = fields.toString();
  return `#${encodeURIComponent(target)}${text === '' ? '' : `?${text}`}`;
}
