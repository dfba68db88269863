import { queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { SEARCH_REST_MS, SEARCH_REST_OVER_HTTP_MS, SEARCH_SOCKET_MS } from '@/config';
import { getJson, type SearchResults, withQuery } from '@/lib/api';
import type { Realtime } from '@/lib/realtime';
import { useRealtime } from '@/lib/useRealtime';

const RESULTS = 60;

/** Ask over the socket while there is one: no new connection, no headers. Else, or if it is slow, over HTTP. */
export async function fetchSearch(
  query: string,
  realtime: Realtime | null,
  signal?: AbortSignal,
): Promise<SearchResults> {
  if (realtime?.link() === 'up') {
    const found = await realtime.search(query, RESULTS, SEARCH_SOCKET_MS).catch(() => null);
    if (found) return found;
  }
  return getJson<SearchResults>(withQuery('/api/search', { q: query, limit: RESULTS }), signal);
}

export function searchOptions(query: string, word: number, realtime: Realtime | null) {
  return queryOptions({
    queryKey: ['search', query],
    queryFn: ({ signal }) => fetchSearch(query, realtime, signal),
    enabled: query !== '',
    staleTime: 30_000,
    // What another word found is no answer to the first letter of this one.
    meta: { word },
    placeholderData: (found: SearchResults | undefined, by) => (by?.meta?.word === word ? found : undefined),
  });
}

export function useSearch(typed: string) {
  const realtime = useRealtime();
  const restMs = realtime?.link() === 'up' ? SEARCH_REST_MS : SEARCH_REST_OVER_HTTP_MS;
  const { value, word } = useRested(typed.trim(), restMs);
  return useQuery(searchOptions(value, word, realtime));
}

/** Whether the page was ever there without a search: then it stays until something is found. */
export function useSeenWhole(query: string): boolean {
  const isWhole = query.trim() === '';
  const [seen, setSeen] = useState(isWhole);
  if (isWhole && !seen) setSeen(true);
  return seen;
}

/**
 * A value once it has been left alone for a moment; emptied, or changed after such a moment, at once. Each time it
 * is emptied another word begins.
 */
function useRested(value: string, restMs: number): { value: string; word: number } {
  const [rested, setRested] = useState({ value, word: 0 });
  const changedAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const isFirst = performance.now() - changedAt.current >= restMs;
    changedAt.current = performance.now();
    const rest = () => setRested(({ word }) => ({ value, word: value === '' ? word + 1 : word }));
    const timer = setTimeout(rest, value === '' || isFirst ? 0 : restMs);
    return () => clearTimeout(timer);
  }, [value, restMs]);
  return value === '' ? { ...rested, value } : rested;
}
