// The mark under the pointer, or the nearest one: dots are smaller than a finger. Pure.

const outside = (value, low, high) => Math.max(low - value, 0, value - high);

/// Index of the box {left, right, top, bottom} nearest to the point, at most `reach` px away; -1
/// when there is none. Of boxes that hold the point the smallest wins.
export function nearestBox(boxes, x, y, reach) {
  let best = -1;
  let least = Infinity;
  boxes.forEach(({ left, right, top, bottom }, index) => {
    const distance = Math.hypot(outside(x, left, right), outside(y, top, bottom));
    if (distance > reach) return;
    const rank = distance * 1e6 + (right - left) * (bottom - top);
    if (rank < least) {
      least = rank;
      best = index;
    }
  });
  return best;
}

/// Where a tooltip of this size stands beside a box: above it, else below, never outside.
export function placeBeside(box, size, view) {
  const gap = 8;
  const middle = (box.left + box.right) / 2 - size.width / 2;
  const left = Math.max(gap, Math.min(middle, view.width - size.width - gap));
  const above = box.top - size.height - gap;
  const top = above >= gap ? above : Math.min(box.bottom + gap, view.height - size.height - gap);
  return { left, top: Math.max(gap, top) };
}
