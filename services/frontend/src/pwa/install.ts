import { useSyncExternalStore } from 'react';

/**
 * The page as an app. Browsers allow it over https and on this very machine alone; on plain http in a house it stays
 * a page, and says how it gets onto the home screen all the same.
 */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

export type Install =
  | { kind: 'installed' }
  | { kind: 'ready'; install: () => void }
  | { kind: 'by hand' }
  | { kind: 'insecure' };

/** What it keeps is all of the page, and the first pictures come over the same line. */
const KEEP_PAGE_AFTER_MS = 4_000;

let asked: InstallPrompt | null = null;
let installed = false;
const listeners = new Set<() => void>();

/** Begin to listen, and have the browser keep what the page is built of, once the page itself is there. */
export function beginApp(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    asked = event as InstallPrompt;
    tell();
  });
  window.addEventListener('appinstalled', () => {
    installed = true;
    tell();
  });
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const register = () => void navigator.serviceWorker.register('/sw.js').catch(() => {});
  const later = () => setTimeout(register, KEEP_PAGE_AFTER_MS);
  if (document.readyState === 'complete') later();
  else window.addEventListener('load', later, { once: true });
}

export function useInstall(): Install {
  useSyncExternalStore(listen, () => (installed ? 'installed' : asked));
  if (installed || standalone()) return { kind: 'installed' };
  if (asked) return { kind: 'ready', install: () => void asked?.prompt() };
  return { kind: window.isSecureContext ? 'by hand' : 'insecure' };
}

function standalone(): boolean {
  return window.matchMedia?.('(display-mode: standalone)')?.matches ?? false;
}

function tell(): void {
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
