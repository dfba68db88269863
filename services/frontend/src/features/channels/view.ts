import { kept, useKept } from '@/lib/storage';
import type { View } from './rows';

/** Pictures or a list: kept on this device. */
const isView = (value: unknown): value is View => value === 'grid' || value === 'list';
const store = kept<View>('view', 'grid', isView);

export const useView = () => useKept(store);
export const chooseView = (view: View) => store.set(view);
