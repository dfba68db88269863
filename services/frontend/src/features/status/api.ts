import { queryOptions, useQuery } from '@tanstack/react-query';
import { getJson, post, type StatusPage } from '@/lib/api';
import { noteSample } from './history';

/** The figures change every other second at most; a request every five is a fifth of what a client may ask. */
const EVERY_MS = 5_000;

export async function fetchStatus(signal?: AbortSignal): Promise<StatusPage> {
  const status = await getJson<StatusPage>('/api/status', signal);
  noteSample(status, Date.now());
  return status;
}

export const statusOptions = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => fetchStatus(signal),
  refetchInterval: EVERY_MS,
});

export function useStatus() {
  return useQuery(statusOptions);
}

export function refreshSource(name: string): Promise<void> {
  return post(`/api/sources/${encodeURIComponent(name)}/refresh`);
}
