import { kept, useKept } from '@/lib/storage';
import { isIds } from './favourites';

/** The channels watched last on this device, newest first. */
const KEPT = 12;
const store = kept<readonly string[]>('recents', [], isIds);

export function noteWatched(id: string): void {
  const ids = store.get();
  if (ids[0] === id) return;
  store.set([id, ...ids.filter((each) => each !== id)].slice(0, KEPT));
}

export function replaceRecents(ids: readonly string[]): void {
  store.set(ids.slice(0, KEPT));
}

export function recentIds(): readonly string[] {
  return store.get();
}

export function useRecents(): readonly string[] {
  return useKept(store);
}
