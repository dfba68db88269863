import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';

const REST_MS = 300;

/**
 * A filter that is part of the page's address, so that it survives going back and can be shared. The
 * address follows a moment later: browsers refuse to have it rewritten at the pace of typing.
 */
export function useAddressState(name: string): [string, (value: string) => void] {
  const [parameters, setParameters] = useSearchParams();
  const [value, setValue] = useState(() => parameters.get(name) ?? '');

  useEffect(() => {
    if ((parameters.get(name) ?? '') === value) return;
    const page = location.pathname;
    const timer = setTimeout(() => {
      // Whoever has left meanwhile, for a page that is still being loaded, is not called back.
      if (location.pathname !== page) return;
      setParameters(
        (old) => {
          const next = new URLSearchParams(old);
          if (value === '') next.delete(name);
          else next.set(name, value);
          return next;
        },
        // The entry stays the one it was, and keeps what is known of it.
        { replace: true, state: history.state },
      );
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [name, value, parameters, setParameters]);

  return [value, setValue];
}
