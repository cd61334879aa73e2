// What a part of a request is for, by the name of its call, and how strong its shade is.

const KINDS = [
  { opacity: 0.95, pattern: /recv|^p?readv?2?$/ },
  { opacity: 0.66, pattern: /send|^p?writev?2?$/ },
  { opacity: 0.42, pattern: /wait|^p?poll$|select|io_uring|sig|accept/ },
  { opacity: 0.26, pattern: /futex|switch/ },
  { opacity: 0.12, pattern: /(?:)/ }, // anything else
];

/// In words, for a caption: the order of the kinds above.
export const KIND_CAPTION =
  'From the strongest shade to the faintest: receiving, sending, waiting, changing threads, ' +
  'anything else';

const placeOf = (name) => KINDS.findIndex(({ pattern }) => pattern.test(name));

export const opacityOf = (name) => KINDS[placeOf(name)].opacity;

/// Parts by kind, then by name, so that equal parts stand side by side in all rows.
export const inOrder = (parts) =>
  [...parts].sort(
    (a, b) => placeOf(a.name) - placeOf(b.name) || (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
