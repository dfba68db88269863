/**
 * Do it once the browser has a moment, at the latest after `timeout` ms; where it can't tell when it has one, soon.
 * Returns how to call it off.
 */
export function whenIdle(work: () => void, timeout: number): () => void {
  if ('requestIdleCallback' in window) {
    const idle = requestIdleCallback(work, { timeout });
    return () => cancelIdleCallback(idle);
  }
  const timer = setTimeout(work, 30);
  return () => clearTimeout(timer);
}
