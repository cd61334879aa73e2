// Makes Vega's SVG smaller without changing the picture (numbers with two decimals, no empty
// groups, no roles on groups, common attributes on the group), and marks which contestant an
// element shows.

const TAG = /<(\/?)([A-Za-z][\w:]*)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>|([^<]+)/g;
const ATTRIBUTE = /([\w:-]+)="([^"]*)"/g;

/// Markup as a tree of {tag, attributes: Map, children}; text nodes are strings.
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

/// "M1.23456,0" -> "M1.23,0": differences below 0.01 px are invisible.
export const rounded = (text) =>
  text.replace(/-?\d*\.\d+(?:e-?\d+)?/g, (figure) => String(Number(Number(figure).toFixed(2))));

const GEOMETRY = new Set([
  ...['d', 'transform', 'x', 'y', 'x1', 'y1', 'x2', 'y2', 'cx', 'cy', 'r', 'width', 'height'],
  ...['points', 'font-size', 'stroke-width'],
]);
const DEFAULTS = { opacity: '1', 'fill-opacity': '1', 'stroke-opacity': '1' };
const UNUSED = ['aria-hidden', 'aria-roledescription', 'role', 'pointer-events', 'version'];
const INHERITED = [
  ...['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'fill-opacity'],
  ...['font-size', 'font-weight', 'font-style', 'font-family', 'text-anchor'],
];

const CIRCLE = /^M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0$/;

/// Replaces a path of two arcs, as Vega writes a circle, by a <circle>.
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
  for (const name of UNUSED) attributes.delete(name);
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if (attributes.get(name) === value) attributes.delete(name);
  }
  for (const [name, value] of attributes) {
    if (GEOMETRY.has(name)) attributes.set(name, rounded(value).replace(/^(\d[\d.]*)px$/, '$1'));
  }
  if (attributes.get('transform') === 'translate(0,0)') attributes.delete('transform');
  if (attributes.get('font-family') === font) attributes.delete('font-family');
  if (tag !== 'text' && !attributes.has('stroke')) attributes.delete('stroke-width');
  // For screen readers a mark with a description is an image.
  if (tag !== 'svg' && attributes.has('aria-label')) attributes.set('role', 'img');
}

const isInvisible = ({ tag, attributes, children }) =>
  attributes.get('display') === 'none' ||
  attributes.get('opacity') === '0' ||
  (tag === 'g' && children.length === 0 && !/role-mark/.test(attributes.get('class') ?? '')) ||
  (attributes.get('class') === 'background' &&
    !attributes.has('fill') &&
    !attributes.has('stroke'));

/// Moves attributes that all children share to their group.
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

/// The smaller SVG. `font` is the font family that the SVG inherits.
export function minifySvg(svg, font) {
  const root = parse(svg.replaceAll(' xmlns:xlink="http://www.w3.org/1999/xlink"', ''));
  root.children = root.children.flatMap((child) => tidy(child, font));
  return serialise(root);
}

/// The contestant's label at the start of a description such as "epoll: 5.1 µs", or null.
function labelOf(description, labels) {
  const starts = labels.filter((label) => description.startsWith(`${label}: `));
  return starts.sort((a, b) => b.length - a.length)[0] ?? null;
}

/// The SVG with data-model on every element of one contestant: marks whose description starts with
/// its label, and texts that are its label. Labels are escaped as in the markup.
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
