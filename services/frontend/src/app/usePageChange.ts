import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import { useLocation } from 'wouter';

/** Where each entry of the history was left. An entry that has no key yet has not been seen before. */
const positions = new Map<string, number>();

/**
 * What a browser does between documents: a new page begins at its top, going back returns to where one
 * was, and the focus goes to the content. Zapping from channel to channel is no new page.
 */
export function usePageChange(): RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const [location] = useLocation();
  const previous = useRef(location);

  useEffect(() => {
    history.scrollRestoration = 'manual';
    if (entryKey() === undefined) markEntry();
    const remember = () => {
      const key = entryKey();
      if (key !== undefined) positions.set(key, window.scrollY);
    };
    window.addEventListener('scroll', remember, { passive: true });
    return () => {
      history.scrollRestoration = 'auto';
      window.removeEventListener('scroll', remember);
    };
  }, []);

  useLayoutEffect(() => {
    if (previous.current === location) return;
    const zapped = kind(previous.current) === 'watch' && kind(location) === 'watch';
    previous.current = location;
    const key = entryKey();
    if (key === undefined) markEntry();
    window.scrollTo(0, key === undefined ? 0 : (positions.get(key) ?? 0));
    if (!zapped) main.current?.focus({ preventScroll: true });
  }, [location]);

  return main;
}

function entryKey(): string | undefined {
  const state: unknown = history.state;
  if (typeof state !== 'object' || state === null || !('key' in state)) return undefined;
  return typeof state.key === 'string' ? state.key : undefined;
}

function markEntry(): void {
  const key = Math.random().toString(36).slice(2);
  history.replaceState({ ...(history.state as object | null), key }, '');
}

function kind(location: string): string {
  return location.split('/')[1] ?? '';
}
