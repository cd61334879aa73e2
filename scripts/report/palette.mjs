// One colour, one marker and one dash per contestant, the same in every chart and table.
//
// The colours follow Okabe and Ito's colour-blind safe set, shifted where the original has less
// than 3:1 contrast against the page; each has a variant for the dark page. Colour is never the
// only distinction: rows and lines have labels, and every style is a different pair of marker and
// dash.

export const COLOURS = [
  { light: '#0072b2', dark: '#58aee6' }, // blue
  { light: '#d55e00', dark: '#f58a45' }, // vermillion
  { light: '#00875f', dark: '#2fc49b' }, // bluish green
  { light: '#b3568c', dark: '#e59bc6' }, // reddish purple
  { light: '#b57f00', dark: '#f0b73c' }, // orange
  { light: '#2b93cc', dark: '#9bd8fa' }, // sky blue
  { light: '#6e6a12', dark: '#dcd65a' }, // yellow, darkened to olive
  { light: '#3d4450', dark: '#cfd5de' }, // black, softened
];

// Paths in the square from -1 to 1, for Vega's custom symbols and the legends of the page.
export const MARKERS = [
  'M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0Z', // circle
  'M-0.88,-0.88H0.88V0.88H-0.88Z', // square
  'M0,-1.2L1.2,0L0,1.2L-1.2,0Z', // diamond
  'M0,-1.1L1.1,0.85H-1.1Z', // triangle up
  'M0,1.1L1.1,-0.85H-1.1Z', // triangle down
  'M-0.4,-1.1H0.4V-0.4H1.1V0.4H0.4V1.1H-0.4V0.4H-1.1V-0.4H-0.4Z', // plus
  'M1.1,0L-0.85,1.1V-1.1Z', // triangle right
  'M-1,-0.5L-0.5,-1L0,-0.5L0.5,-1L1,-0.5L0.5,0L1,0.5L0.5,1L0,0.5L-0.5,1L-1,0.5L-0.5,0Z', // cross
];

// Alternating lengths of stroke and gap in px; empty for a solid line.
export const DASHES = [
  [],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [14, 4],
  [4, 4],
  [9, 2, 2, 2, 2, 2],
  [2, 5],
];

// The slot of a model is its index here, so its style is the same in all reports. Other models get
// a slot behind these.
const RESERVED = [
  'epoll',
  'blocking',
  'threaded',
  'pooled',
  'busy_poll',
  'select',
  'asio_coroutine',
  'io_uring',
  'forked',
  'preforked',
  'pooled_dispatch',
  'poll',
  'epoll_edge',
  'sigio',
  'asio_callback',
  'asio_fiber',
  'asio_io_uring',
  'multi_reactor',
];
const SLOTS = COLOURS.length * MARKERS.length;

/// The style of a slot. Every slot has a different pair of colour and marker, and of marker and
/// dash.
function styleOfSlot(slot) {
  const turn = Math.floor(slot / COLOURS.length) % MARKERS.length;
  const colour = COLOURS[slot % COLOURS.length];
  return {
    colour: colour.light,
    marker: MARKERS[(slot + 3 * turn) % MARKERS.length],
    dash: DASHES[(slot + 6 * turn) % DASHES.length],
  };
}

/// FNV-1a: the slot of a model that is not reserved depends on its name only, unless it is taken.
function hash(text) {
  let h = 0x811c9dc5;
  for (const char of text) h = Math.imul(h ^ char.codePointAt(0), 0x01000193) >>> 0;
  return h;
}

/// One style per contestant, in the given order. A second contestant of a model gets its own style.
export function styles(contestants) {
  const taken = new Set();
  return contestants.map(({ name, model }) => {
    const reserved = RESERVED.indexOf(model);
    let slot = reserved;
    if (reserved < 0 || taken.has(reserved)) {
      const free = SLOTS - RESERVED.length;
      slot = RESERVED.length + (hash(name) % free);
      for (let tries = 0; tries < free && taken.has(slot); tries += 1) {
        slot = RESERVED.length + ((slot + 1 - RESERVED.length) % free);
      }
    }
    taken.add(slot);
    return styleOfSlot(slot);
  });
}
