// Style rules that hide and stress contestants in all charts at once. Pure.

/// A text as it may stand in a CSS string.
export const quoted = (text) => `"${text.replace(/["\\]/g, '\\$&').replace(/[\n\r\f\0]/g, ' ')}"`;

/// One rule per hidden contestant.
export const hidingRules = (labels) =>
  labels.map((label) => `figure svg [data-model=${quoted(label)}]{visibility:hidden}`);

/// The rule that makes all but one contestant pale; none when there is none.
export const stressRules = (label) =>
  label === null ? [] : [`figure svg [data-model]:not([data-model=${quoted(label)}]){opacity:.14}`];
