import { useSyncExternalStore } from 'react';

/** Short notices that come and go by themselves. The shelf shows the newest few. */
export interface Toast {
  id: string;
  title: string;
  detail?: string;
  link?: { to: string; label: string };
}

const SHOWN = 3;
let toasts: readonly Toast[] = [];
const listeners = new Set<() => void>();

function publish(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Show a notice. One with the same id replaces the earlier: a repeated announcement is shown once. */
export function showToast(toast: Toast): void {
  publish([...toasts.filter((each) => each.id !== toast.id), toast].slice(-SHOWN));
}

export function dismissToast(id: string): void {
  publish(toasts.filter((each) => each.id !== id));
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}
