import { useSyncExternalStore } from 'react';

/** The theme in use, as theme.js left it on the root element. A choice is kept; without one the system decides. */
export type Theme = 'dark' | 'light';

const KEY = 'theme';
const listeners = new Set<() => void>();

function current(): Theme {
  return document.documentElement.dataset.theme === 'light' ? 'light' : 'dark';
}

function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

export function chooseTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Chosen for this page only.
  }
  apply(theme);
}

/** Follow the system for as long as nothing is chosen. Returns how to stop. */
export function followSystemTheme(): () => void {
  const light = matchMedia('(prefers-color-scheme: light)');
  const follow = () => {
    if (chosen() === null) apply(light.matches ? 'light' : 'dark');
  };
  light.addEventListener('change', follow);
  return () => light.removeEventListener('change', follow);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, current);
}

function chosen(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
