/** Which of many boxes lies in a direction, pure: what an arrow key means where nothing else gives it a meaning. */

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export type Arrow = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

/** Index of the nearest box in that direction, null where there is none. What is off the line counts double. */
export function nearest(from: Box, boxes: readonly Box[], arrow: Arrow): number | null {
  let best: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  boxes.forEach((box, index) => {
    const distance = distanceTo(from, box, arrow);
    if (distance === null || distance >= least) return;
    least = distance;
    best = index;
  });
  return best;
}

function distanceTo(from: Box, to: Box, arrow: Arrow): number | null {
  const flat = arrow === 'ArrowLeft' || arrow === 'ArrowRight';
  const along = {
    ArrowLeft: from.left - to.right,
    ArrowRight: to.left - from.right,
    ArrowUp: from.top - to.bottom,
    ArrowDown: to.top - from.bottom,
  }[arrow];
  // Half a row's height of overlap is still "beside".
  if (along < -4) return null;
  return (
    along +
    2 * (flat ? gap(from.top, from.bottom, to.top, to.bottom) : gap(from.left, from.right, to.left, to.right))
  );
}

/** How far apart two spans are; 0 where they overlap. */
function gap(start: number, end: number, otherStart: number, otherEnd: number): number {
  return Math.max(0, otherStart - end, start - otherEnd);
}
