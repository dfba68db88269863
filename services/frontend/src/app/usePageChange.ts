import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import { useLocation } from 'wouter';

const positions = new Map<string, number>();

/**
 * What a browser does between documents: a new page begins at its top, going back returns to where one
 * was, and the focus goes to the content. Zapping from channel to channel is no new page.
 */
export function usePageChange(): RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const [location] = useLocation();
  const previous = useRef(location);
  const wentBack = useRef(false);

  useEffect(() => {
    history.scrollRestoration = 'manual';
    const back = () => {
      wentBack.current = true;
    };
    const remember = () => positions.set(window.location.pathname, window.scrollY);
    window.addEventListener('popstate', back);
    window.addEventListener('scroll', remember, { passive: true });
    return () => {
      history.scrollRestoration = 'auto';
      window.removeEventListener('popstate', back);
      window.removeEventListener('scroll', remember);
    };
  }, []);

  useLayoutEffect(() => {
    if (previous.current === location) return;
    const zapped = kind(previous.current) === 'watch' && kind(location) === 'watch';
    previous.current = location;
    window.scrollTo(0, wentBack.current ? (positions.get(location) ?? 0) : 0);
    wentBack.current = false;
    if (!zapped) main.current?.focus({ preventScroll: true });
  }, [location]);

  return main;
}

function kind(location: string): string {
  return location.split('/')[1] ?? '';
}
