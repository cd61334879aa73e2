// Vega's SVG without what nobody sees: figures to two decimals, no empty groups, no roles on every
// group, and what all marks of a group share said once. The picture stays the same.

const TAG = /<(\/?)([A-Za-z][\w:]*)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>|([^<]+)/g;
const ATTRIBUTE = /([\w:-]+)="([^"]*)"/g;

/// Markup as a tree of {tag, attributes: Map, children}; a text is a string.
function parse(markup) {
  const root = { tag: null, attributes: new Map(), children: [] };
  const open = [root];
  for (const [, end, tag, attributes, self, text] of markup.matchAll(TAG)) {
    const parent = open[open.length - 1];
    if (text !== undefined) parent.children.push(text);
    else if (end) open.pop();
    else {
      const element = { tag, attributes: new Map(), children: [] };
      for (const [, name, value] of attributes.matchAll(ATTRIBUTE)) {
        element.attributes.set(name, value);
      }
      parent.children.push(element);
      if (!self) open.push(element);
    }
  }
  return root;
}

function serialise(node) {
  if (typeof node === 'string') return node;
  const inner = node.children.map(serialise).join('');
  if (node.tag === null) return inner;
  const attributes = [...node.attributes].map(([name, value]) => ` ${name}="${value}"`).join('');
  return inner === ''
    ? `<${node.tag}${attributes}/>`
    : `<${node.tag}${attributes}>${inner}</${node.tag}>`;
}

/// "M1.23456,0" -> "M1.23,0": a hundredth of a pixel is not seen.
export const rounded = (text) =>
  text.replace(/-?\d*\.\d+(?:e-?\d+)?/g, (figure) => String(Number(Number(figure).toFixed(2))));

const GEOMETRY = new Set([
  ...['d', 'transform', 'x', 'y', 'x1', 'y1', 'x2', 'y2', 'cx', 'cy', 'r', 'width', 'height'],
  ...['points', 'font-size', 'stroke-width'],
]);
const DEFAULTS = { opacity: '1', 'fill-opacity': '1', 'stroke-opacity': '1' };
const UNSEEN = ['aria-hidden', 'aria-roledescription', 'role', 'pointer-events', 'version'];
const INHERITED = [
  ...['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'fill-opacity'],
  ...['font-size', 'font-weight', 'font-style', 'font-family', 'text-anchor'],
];

const CIRCLE = /^M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0$/;

/// A circle that Vega wrote as two arcs, as the element that exists for it.
function asCircle(element) {
  const { attributes } = element;
  const [, radius] = CIRCLE.exec(attributes.get('d') ?? '') ?? [];
  const place = /^translate\((-?[\d.]+),(-?[\d.]+)\)$/.exec(attributes.get('transform') ?? '');
  if (!radius || !place) return;
  element.tag = 'circle';
  attributes.delete('d');
  attributes.delete('transform');
  Object.entries({ cx: place[1], cy: place[2], r: radius }).forEach((pair) =>
    attributes.set(...pair),
  );
}

function tidyAttributes({ tag, attributes }, font) {
  for (const name of UNSEEN) attributes.delete(name);
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if (attributes.get(name) === value) attributes.delete(name);
  }
  for (const [name, value] of attributes) {
    if (GEOMETRY.has(name)) attributes.set(name, rounded(value).replace(/^(\d[\d.]*)px$/, '$1'));
  }
  if (attributes.get('transform') === 'translate(0,0)') attributes.delete('transform');
  if (attributes.get('font-family') === font) attributes.delete('font-family');
  if (tag !== 'text' && !attributes.has('stroke')) attributes.delete('stroke-width');
  // A mark with a description is a picture of its own for those who cannot see it.
  if (tag !== 'svg' && attributes.has('aria-label')) attributes.set('role', 'img');
}

const isInvisible = ({ tag, attributes, children }) =>
  attributes.get('display') === 'none' ||
  attributes.get('opacity') === '0' ||
  (tag === 'g' && children.length === 0 && !/role-mark/.test(attributes.get('class') ?? '')) ||
  (attributes.get('class') === 'background' &&
    !attributes.has('fill') &&
    !attributes.has('stroke'));

/// What all children say alike is said by their group.
function hoist({ attributes, children }) {
  const [first] = children;
  if (children.length < 2 || children.some((child) => typeof child === 'string')) return;
  if (children.some(({ tag }) => tag !== first.tag || tag === 'g')) return;
  for (const name of INHERITED) {
    const value = first.attributes.get(name);
    if (value === undefined || attributes.has(name)) continue;
    if (children.some((child) => child.attributes.get(name) !== value)) continue;
    attributes.set(name, value);
    for (const child of children) child.attributes.delete(name);
  }
}

function tidy(element, font) {
  if (typeof element === 'string') return [element];
  tidyAttributes(element, font);
  asCircle(element);
  element.children = element.children.flatMap((child) => tidy(child, font));
  if (isInvisible(element)) return [];
  if (element.tag === 'g') {
    if (element.attributes.size === 0) return element.children;
    hoist(element);
  }
  return [element];
}

/// The SVG, smaller. `font` is the family that the surroundings of the SVG set.
export function lean(svg, font) {
  const root = parse(svg.replaceAll(' xmlns:xlink="http://www.w3.org/1999/xlink"', ''));
  root.children = root.children.flatMap((child) => tidy(child, font));
  return serialise(root);
}

/// The contestant's label that a description such as "epoll: 5.1 µs" begins with, or null.
function labelOf(description, labels) {
  const starts = labels.filter((label) => description.startsWith(`${label}: `));
  return starts.sort((a, b) => b.length - a.length)[0] ?? null;
}

/// The SVG with data-model on everything that belongs to one contestant: marks by the start of
/// their description, texts by being its label. Labels are escaped as in the markup.
export function withModels(svg, labels) {
  const known = new Set(labels);
  const mark = (element) => {
    if (typeof element === 'string') return;
    const { tag, attributes, children } = element;
    const description = attributes.get('aria-label');
    const isOwn = tag === 'text' && children.length === 1 && known.has(children[0]);
    const label = description === undefined ? isOwn && children[0] : labelOf(description, labels);
    if (label && tag !== 'svg') attributes.set('data-model', label);
    children.forEach(mark);
  };
  const root = parse(svg);
  root.children.forEach(mark);
  return serialise(root);
}
