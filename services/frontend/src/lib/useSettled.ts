import { useEffect, useState } from 'react';
import { SETTLED_AFTER_MS } from '@/config';

/**
 * Whether an answer has come, or is late: what lies below it on the page is drawn then, and nothing moves. Once it
 * is drawn it stays, whatever is asked next.
 */
export function useSettled(isTold: boolean): boolean {
  const [isSettled, setSettled] = useState(isTold);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), isTold ? 0 : SETTLED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isTold]);
  return isTold || isSettled;
}
