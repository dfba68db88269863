import { useCallback } from 'react';
import { kept, useKept } from '@/lib/storage';

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const store = kept('theatre', false, isBoolean);

/** Whether the picture takes the whole width: kept on this device. */
export function useTheatre(): [boolean, () => void] {
  return [useKept(store), useCallback(() => store.set(!store.get()), [])];
}
