import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { ON_AIR_LASTS_MS, ON_AIR_REST_MS } from '@/config';
import { type ChannelNow, getJson, type NowPage, withQuery } from '@/lib/api';

/**
 * What is on, asked for only of the channels that are on the screen: a list of ten thousand would be megabytes
 * each minute. Tiles listen per channel, so that an answer redraws those it is about.
 */

/** As many as one address carries; a television's screen shows fewer. */
const AT_ONCE = 120;

interface Known {
  at: number;
  until: number;
  on: ChannelNow;
}

const known = new Map<string, Known>();
const listeners = new Map<string, Set<() => void>>();

/** Ask for those of the channels of which nothing, or nothing that still holds, is known. */
export async function fetchOnAir(ids: readonly string[], signal?: AbortSignal): Promise<void> {
  const now = Date.now();
  const wanted = ids.filter((id) => (known.get(id)?.until ?? 0) <= now).slice(0, AT_ONCE);
  if (wanted.length === 0) return;
  const page = await getJson<NowPage>(withQuery('/api/now', { ids: wanted.join(',') }), signal);
  for (const on of page.channels ?? []) {
    known.set(on.id, { at: now, until: lastsUntil(on, now), on });
    for (const listener of listeners.get(on.id) ?? []) listener();
  }
}

/** Until the programme ends or the next begins, but looked at again after a while: guides change. */
export function lastsUntil({ now, next }: Pick<ChannelNow, 'now' | 'next'>, at: number): number {
  const change = Date.parse(now?.stop ?? next?.start ?? '');
  const latest = at + ON_AIR_LASTS_MS;
  // A guide may lag behind: then it is not asked again at once.
  return Number.isNaN(change) ? latest : Math.max(at + 15_000, Math.min(latest, change));
}

/** Keep what is on the screen up to date, at rest: while somebody scrolls through thousands nothing is asked. */
export function useOnAirOf(ids: string): void {
  useEffect(() => {
    if (ids === '') return;
    const away = new AbortController();
    const ask = () => void fetchOnAir(ids.split(','), away.signal).catch(() => {});
    const first = setTimeout(ask, ON_AIR_REST_MS);
    const again = setInterval(ask, 30_000);
    return () => {
      clearTimeout(first);
      clearInterval(again);
      away.abort();
    };
  }, [ids]);
}

export function useOnAir(id: string): ChannelNow | undefined {
  const subscribe = useCallback(
    (listener: () => void) => {
      const here = listeners.get(id) ?? new Set();
      listeners.set(id, here.add(listener));
      return () => {
        here.delete(listener);
      };
    },
    [id],
  );
  return useSyncExternalStore(subscribe, () => known.get(id)?.on);
}

/** Forget everything: for tests, whose gateways are different ones. */
export function forgetOnAir(): void {
  known.clear();
}
