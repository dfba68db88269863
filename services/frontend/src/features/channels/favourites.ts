import { useCallback } from 'react';
import { kept, useKept } from '@/lib/storage';

/** The channels somebody starred, on this device, in the order they were starred. */
export const isIds = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const store = kept<readonly string[]>('favourites', [], isIds);

export function toggleFavourite(id: string): void {
  const ids = store.get();
  store.set(ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id]);
}

export function addFavourites(ids: readonly string[]): void {
  store.set([...new Set([...store.get(), ...ids])]);
}

export function favouriteIds(): readonly string[] {
  return store.get();
}

export function useFavourites(): readonly string[] {
  return useKept(store);
}

export function useFavourite(id: string): [boolean, () => void] {
  const isFavourite = useFavourites().includes(id);
  return [isFavourite, useCallback(() => toggleFavourite(id), [id])];
}
