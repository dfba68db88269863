import { useMemo, useState } from 'react';
import { Chips } from '@/components/Chips';
import { Notice, ProblemNotice } from '@/components/Notice';
import { SearchField } from '@/components/SearchField';
import {
  ChannelGrid,
  GridSkeleton,
  SearchResults,
  sectionsOf,
  useChannels,
  useFavourites,
} from '@/features/channels';
import { EventStrip, liveAndNext, liveByChannel, useEvents } from '@/features/events';
import type { Channel, Group, LiveEvent } from '@/lib/api';
import { useNow } from '@/lib/time';
import { useTitle } from '@/lib/useTitle';
import { InHeader } from '../HeaderSlot';
import { useAddressState } from '../useAddressState';
import { cameToSearch } from '../useSearchKey';
import styles from './HomePage.module.css';

const none: readonly never[] = [];

/** The front page: what is live, then every channel. */
export default function HomePage() {
  useTitle('');
  const channels = useChannels();
  const events = useEvents().data?.events ?? none;
  const [query, setQuery] = useAddressState('q');
  const [toSearch] = useState(cameToSearch);
  const now = useNow(30_000);
  const list = channels.data?.channels ?? none;
  const onNow = useMemo(() => liveByChannel(events, now), [events, now]);
  const byId = useMemo(() => new Map(list.map((channel) => [channel.id, channel])), [list]);

  return (
    <>
      <h1 className="visually-hidden">Channels</h1>
      <InHeader>
        <SearchField
          label="Search channels, teams, events"
          value={query}
          onChange={setQuery}
          autoFocus={toSearch}
        />
      </InHeader>
      {query.trim() !== '' ? (
        <SearchResults
          query={query}
          channels={list}
          onNow={onNow}
          renderEvents={(ids) => <EventStrip title="Events" events={pick(events, ids)} channelById={byId} />}
        />
      ) : channels.isPending ? (
        <GridSkeleton />
      ) : !channels.data ? (
        <ProblemNotice
          title="The channels could not be read"
          error={channels.error}
          onRetry={() => channels.refetch()}
        />
      ) : list.length === 0 ? (
        <Notice title="The first channels are being read" busy>
          The gateway has just started, or its sources have not answered yet. They appear here by themselves.
        </Notice>
      ) : (
        <Everything
          groups={channels.data.groups}
          channels={list}
          events={events}
          byId={byId}
          onNow={onNow}
          now={now}
        />
      )}
    </>
  );
}

interface EverythingProps {
  groups: readonly Group[];
  channels: readonly Channel[];
  events: readonly LiveEvent[];
  byId: ReadonlyMap<string, Channel>;
  onNow: ReadonlyMap<string, string>;
  now: number;
}

function Everything({ groups, channels, events, byId, onNow, now }: EverythingProps) {
  const [wanted, setWanted] = useAddressState('group');
  const favourites = useFavourites();
  // A group may have gone with the last refresh.
  const group = groups.some(({ name }) => name === wanted) ? wanted : '';
  const sections = useMemo(() => sectionsOf(channels, favourites, group), [channels, favourites, group]);
  const strip = useMemo(() => liveAndNext(events, now), [events, now]);
  const chips = useMemo(
    () => [
      { value: '', label: 'All' },
      ...groups
        .filter(({ name }) => name !== '')
        .map(({ name, channels: count }) => ({ value: name, label: name, count })),
    ],
    [groups],
  );

  return (
    <>
      {strip.length > 0 && <EventStrip title="Live and next" events={strip} channelById={byId} />}
      {chips.length > 2 && (
        <div className={styles.groups}>
          <Chips legend="Group" chips={chips} selected={group} onSelect={setWanted} />
        </div>
      )}
      <ChannelGrid sections={sections} onNow={onNow} />
    </>
  );
}

function pick(events: readonly LiveEvent[], ids: readonly string[]): LiveEvent[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
