import { queryOptions, useQuery } from '@tanstack/react-query';
import { getJson, type OwnToken, postJson, type Visitor } from './api';

/** Who looks at this page, as the gateway sees them. */
export const visitorOptions = queryOptions({
  queryKey: ['visitor'],
  queryFn: ({ signal }) => getJson<Visitor>('/api/me', signal),
  staleTime: 60_000,
});

export function useVisitor(): Visitor | undefined {
  return useQuery(visitorOptions).data;
}

/** The viewer's own token, told once it is asked for: it belongs into players' addresses, and is kept nowhere. */
export async function fetchOwnToken(): Promise<string | null> {
  return (await postJson<OwnToken>('/api/token')).token;
}
