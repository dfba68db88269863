import { useSyncExternalStore } from 'react';

/**
 * Whether the gateway lets this page in. It may want a token: then every request of the API is refused until the
 * page has exchanged one for a cookie, which the browser sends by itself from then on.
 */

export type Access = 'open' | 'refused';
export type LoginOutcome = 'welcome' | 'wrong token' | 'too many attempts' | 'unreachable';

const REFUSED = 'access_denied';

let access: Access = 'open';
const listeners = new Set<() => void>();

/** Take note of a problem's code, if it is the one that says that a token is needed. */
export function noteRefusal(code: string): void {
  if (code !== REFUSED || access === 'refused') return;
  setAccess('refused');
}

export function useAccess(): Access {
  return useSyncExternalStore(listen, () => access);
}

/** Exchange a token for the cookie. */
export async function login(token: string): Promise<LoginOutcome> {
  const response = await fetch('/api/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token }),
  }).catch(() => null);
  if (response?.ok) return 'welcome';
  if (response?.status === 429) return 'too many attempts';
  return response && response.status < 500 ? 'wrong token' : 'unreachable';
}

/** Have the cookie taken away; from then on the page asks for a token. */
export async function logout(): Promise<void> {
  await fetch('/api/logout', { method: 'POST' }).catch(() => null);
  setAccess('refused');
}

/** Let the page try again: what it showed before is asked for anew. */
export function comeIn(): void {
  setAccess('open');
}

function setAccess(next: Access): void {
  access = next;
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
