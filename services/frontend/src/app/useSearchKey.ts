import { useEffect } from 'react';
import { useLocation } from 'wouter';

/** "/" on a page without a search of its own leads to the one on the front page. */
export function useSearchKey(): void {
  const [, navigate] = useLocation();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey)
        return;
      if (event.target instanceof HTMLElement && event.target.matches('input, textarea, select')) return;
      if (document.querySelector('input[type="search"]')) return;
      event.preventDefault();
      navigate('/', { state: { search: true } });
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [navigate]);
}

/** Whether this page was opened by that key. */
export function cameToSearch(): boolean {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'search' in state;
}
