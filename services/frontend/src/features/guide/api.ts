import { queryOptions, useQueries } from '@tanstack/react-query';
import { type GuidePage, getJson, withQuery } from '@/lib/api';
import { MINUTE } from '@/lib/time';
import type { Block } from './blocks';
import type { Part, Showing } from './cells';

/** A channel's id -> what is known of it. */
export type Parts = Readonly<Record<string, readonly Part[]>>;

export async function fetchBlock({ from, to, ids }: Block, signal?: AbortSignal): Promise<Parts> {
  const path = withQuery('/api/guide', {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    ids: ids.join(','),
    limit: ids.length,
  });
  const page = await getJson<GuidePage>(path, signal);
  const known = new Map(page.channels.map(({ id, programmes }) => [id, programmes]));
  return Object.fromEntries(
    ids.map((id) => {
      const showings: Showing[] = (known.get(id) ?? []).map((programme) => ({
        kind: 'programme',
        start: Date.parse(programme.start),
        stop: Date.parse(programme.stop),
        programme,
      }));
      return [id, [{ from, to, showings }]];
    }),
  );
}

export function blockOptions(block: Block) {
  return queryOptions({
    queryKey: ['guide', block.from, block.ids.join(',')],
    queryFn: ({ signal }) => fetchBlock(block, signal),
    staleTime: 10 * MINUTE,
    structuralSharing: false,
  });
}

/** What is known of some blocks. Nothing is asked while somebody scrolls through them. */
export function useBlocks(blocks: readonly Block[], still: boolean): { parts: Parts; error: unknown } {
  return useQueries({
    queries: blocks.map((block) => ({ ...blockOptions(block), enabled: still })),
    combine: together,
  });
}

function together(results: readonly { data: Parts | undefined; error: unknown }[]) {
  const parts: Record<string, readonly Part[]> = {};
  for (const { data } of results) {
    for (const [id, more] of Object.entries(data ?? {})) {
      const known = parts[id];
      parts[id] = known ? [...known, ...more] : more;
    }
  }
  return { parts, error: results.find(({ error }) => error)?.error ?? null };
}
