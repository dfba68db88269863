/**
 * Whether the page rushes past under the viewer's hand: faster than anything on it can be looked at. Nothing that has
 * to be fetched, decoded and painted is worth it then: it would take from what moves.
 */

/** About two screens and a half in a second. */
const RUSH_PX_PER_MS = 2;
/** Once it has been slower for as long, it is over. */
const REST_MS = 250;

interface Place {
  y: number;
  at: number;
}

const places = new WeakMap<EventTarget, Place>();
const waiting = new Set<() => void>();
let resting: ReturnType<typeof setTimeout> | undefined;

export function isRushing(): boolean {
  return resting !== undefined;
}

/** Do it once nothing rushes: now, if nothing does. Returns how to call it off. */
export function whenCalm(work: () => void): () => void {
  if (!isRushing()) {
    work();
    return () => {};
  }
  waiting.add(work);
  return () => {
    waiting.delete(work);
  };
}

/** Look at whatever is scrolled on the page, from now on. */
export function watchRush(page: Document): void {
  page.addEventListener('scroll', ({ target }) => target && moved(target), { capture: true, passive: true });
}

function moved(target: EventTarget): void {
  const y = target instanceof Element ? target.scrollTop : window.scrollY;
  const at = performance.now();
  const before = places.get(target);
  // A clock that is kept coarse tells the same time twice.
  if (before?.at === at) return;
  places.set(target, { y, at });
  if (!before || Math.abs(y - before.y) < RUSH_PX_PER_MS * (at - before.at)) return;
  clearTimeout(resting);
  resting = setTimeout(rest, REST_MS);
}

function rest(): void {
  resting = undefined;
  const due = [...waiting];
  waiting.clear();
  for (const work of due) work();
}
