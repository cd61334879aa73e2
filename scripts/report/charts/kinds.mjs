// The kind of a part of a request by the name of its call, and the opacity of the kind.

const KINDS = [
  { opacity: 0.95, pattern: /recv|^p?readv?2?$/ },
  { opacity: 0.66, pattern: /send|^p?writev?2?$/ },
  { opacity: 0.42, pattern: /wait|^p?poll$|select|io_uring|sig|accept/ },
  { opacity: 0.26, pattern: /futex|switch/ },
  { opacity: 0.12, pattern: /(?:)/ }, // anything else
];

/// The order of the kinds as text, for captions.
export const KIND_CAPTION =
  'From the darkest shade to the lightest: receiving, sending, waiting, thread switches, ' +
  'other calls';

const kindOf = (name) => KINDS.findIndex(({ pattern }) => pattern.test(name));

export const opacityOf = (name) => KINDS[kindOf(name)].opacity;

/// Parts sorted by kind, then by name, so that all rows have the same order.
export const inOrder = (parts) =>
  [...parts].sort(
    (a, b) => kindOf(a.name) - kindOf(b.name) || (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
