// Hatched marks for what is undecided. A picture without patterns needs the lines as a path.

const CIRCLE = 'M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0Z';

/// A disc with slanted lines, in the square from -1 to 1 as the markers are.
export const HATCHED_DISC = [-0.7, 0, 0.7].reduce((path, offset) => {
  // The chord of the unit circle along y = offset - x.
  const half = Math.sqrt(2 - offset * offset) / 2;
  const at = (x) => `${x.toFixed(2)},${(offset - x).toFixed(2)}`;
  return `${path}M${at(offset / 2 - half)}L${at(offset / 2 + half)}`;
}, CIRCLE);
