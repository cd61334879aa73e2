// Text from run.json is untrusted: it is cleaned, truncated and escaped.

export const MAX_TEXT = 200;

// Control characters are invalid in SVG, lone surrogates in UTF-8; direction marks reorder text.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]+/gu;

/// Any value as one printable line of at most `limit` characters.
export function clean(value, limit = MAX_TEXT) {
  const line = String(value).replace(UNPRINTABLE, ' ').trim();
  const characters = [...line];
  return characters.length <= limit ? line : `${characters.slice(0, limit - 1).join('')}…`;
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeMarkup(text) {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]);
}

class Markup {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/// Marks text as markup of this program, which is not escaped.
export const raw = (text) => new Markup(text);

/// Text of this program: escaped, but not truncated.
export const own = (text) => raw(escapeMarkup(text));

function interpolate(value) {
  if (value === null || value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map(interpolate).join('');
  return value instanceof Markup ? value.text : escapeMarkup(clean(value));
}

/// html`<p>${anything}</p>`: every value is cleaned and escaped unless it is Markup.
export function html(strings, ...values) {
  return new Markup(String.raw({ raw: strings }, ...values.map(interpolate)));
}

const MAX_SENTENCES = 6000;

/// Sentences from run.json, up to MAX_SENTENCES characters, with `names` in backquotes as code.
export function sentences(value) {
  const parts = clean(value, MAX_SENTENCES).split('`');
  return raw(
    parts
      .map((part, index) => {
        const isCode = index % 2 === 1 && index < parts.length - 1;
        if (isCode) return `<code>${escapeMarkup(part)}</code>`;
        return escapeMarkup(index % 2 === 1 ? `\`${part}` : part);
      })
      .join(''),
  );
}

const UNSAFE = /[^a-z0-9]+/g;

/// A name as part of an id: "asio_callback#2" -> "asio-callback-2".
export const slug = (name) =>
  clean(name, 60).toLowerCase().replace(UNSAFE, '-').replace(/^-|-$/g, '') || 'unnamed';

/// The names as unique parts of ids.
export function uniqueSlugs(names) {
  const seen = new Set();
  return names.map((name) => {
    const base = slug(name);
    let id = base;
    for (let tries = 2; seen.has(id); tries += 1) id = `${base}-${tries}`;
    seen.add(id);
    return id;
  });
}
