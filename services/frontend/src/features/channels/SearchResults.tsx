import { useMemo } from 'react';
import { Notice, ProblemNotice } from '@/components/Notice';
import type { Channel, Hit } from '@/lib/api';
import { words } from '@/words';
import { ChannelGrid } from './ChannelGrid';
import { GridSkeleton } from './GridSkeleton';
import type { Section, View } from './rows';
import { useSearch, useSeenWhole } from './searchApi';

interface SearchResultsProps {
  query: string;
  channels: readonly Channel[];
  onNow: ReadonlyMap<string, string>;
  view: View;
  /** What is there without a search, and until it has found something. */
  children: React.ReactNode;
  /** The app draws the events among the results: they are another feature's. */
  renderEvents: (eventIds: readonly string[]) => React.ReactNode;
}

/** What a search found: events as cards, channels as the tiles they always are. */
export function SearchResults({ query, channels, onNow, view, children, renderEvents }: SearchResultsProps) {
  const search = useSearch(query);
  const isSeen = useSeenWhole(query);
  const byId = useMemo(() => new Map(channels.map((channel) => [channel.id, channel])), [channels]);
  const hits = search.data?.results;
  const sections = useMemo<Section[]>(
    () => [{ key: 'found', title: words.channels.found, channels: channelsOf(hits ?? [], byId) }],
    [hits, byId],
  );

  if (query.trim() === '') return children;
  if (search.isError) {
    return (
      <ProblemNotice title={words.search.failed} error={search.error} onRetry={() => search.refetch()} />
    );
  }
  if (!hits) return isSeen ? children : <GridSkeleton />;
  const events = hits.filter((hit) => hit.kind === 'event').map((hit) => hit.id);
  const found = sections[0]?.channels.length ?? 0;
  if (found === 0 && events.length === 0) {
    return (
      <Notice title={words.search.nothing(search.data?.query ?? query)}>{words.search.nothingHint}</Notice>
    );
  }
  return (
    <div aria-busy={search.isFetching} data-query={search.data?.query}>
      <p className="visually-hidden" role="status">
        {words.search.found(found, events.length)}
      </p>
      {events.length > 0 && renderEvents(events)}
      {found > 0 && <ChannelGrid sections={sections} onNow={onNow} view={view} />}
    </div>
  );
}

/** A hit is enough to draw and to link, even if the list on this page is older than the index. */
function channelsOf(hits: readonly Hit[], byId: ReadonlyMap<string, Channel>): Channel[] {
  return hits.filter((hit) => hit.kind === 'channel').map((hit) => byId.get(hit.id) ?? fromHit(hit));
}

function fromHit(hit: Hit): Channel {
  return {
    id: hit.id,
    number: hit.number ?? 0,
    name: hit.name,
    group: hit.detail,
    country: null,
    logo: hit.logo ?? null,
    radio: false,
    adult: false,
    kind: 'hls',
    streams: 1,
    sources: [],
  };
}
