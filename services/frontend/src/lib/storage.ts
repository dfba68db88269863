import { useSyncExternalStore } from 'react';

/**
 * A value kept in localStorage and shared by all tabs. Where storage is closed (private windows, full
 * disks) it lives as long as the page does.
 */
export interface Kept<Value> {
  get(): Value;
  set(value: Value): void;
  subscribe(listener: () => void): () => void;
}

export function kept<Value>(
  key: string,
  fallback: Value,
  isValid: (value: unknown) => value is Value,
): Kept<Value> {
  const listeners = new Set<() => void>();
  let text = read(key);
  let value = parse(text, fallback, isValid);

  const refresh = () => {
    const now = read(key);
    if (now === text) return;
    text = now;
    value = parse(text, fallback, isValid);
    for (const listener of listeners) listener();
  };

  return {
    get: () => value,
    set(next) {
      value = next;
      text = JSON.stringify(next);
      try {
        localStorage.setItem(key, text);
      } catch {
        // Kept in memory only.
      }
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      if (listeners.size === 0) window.addEventListener('storage', refresh);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) window.removeEventListener('storage', refresh);
      };
    },
  };
}

export function useKept<Value>(store: Kept<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function parse<Value>(
  text: string | null,
  fallback: Value,
  isValid: (value: unknown) => value is Value,
): Value {
  if (text === null) return fallback;
  try {
    const value: unknown = JSON.parse(text);
    return isValid(value) ? value : fallback;
  } catch {
    return fallback;
  }
}
