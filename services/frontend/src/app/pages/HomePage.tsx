import { memo, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { Button } from '@/components/Button';
import { Notice, ProblemNotice } from '@/components/Notice';
import { SearchField } from '@/components/SearchField';
import {
  ChannelGrid,
  type Choice,
  everything,
  GridSkeleton,
  SearchResults,
  type Sort,
  sectionsOf,
  Toolbar,
  useChannels,
  useFavourites,
  useRecents,
  useView,
} from '@/features/channels';
import { EventStrip, liveAndNext, liveByChannel, useEvents } from '@/features/events';
import type { Channel, Group, LiveEvent } from '@/lib/api';
import { useNow } from '@/lib/time';
import { useRealtime } from '@/lib/useRealtime';
import { useSettled } from '@/lib/useSettled';
import { useTitle } from '@/lib/useTitle';
import { words } from '@/words';
import { InHeader } from '../HeaderSlot';
import { useAddressState } from '../useAddressState';
import { cameToSearch } from '../useSearchKey';
import { warmUp } from '../warmUp';
import styles from './HomePage.module.css';

const none: readonly never[] = [];

/** The front page: what is live, then every channel. */
export default function HomePage() {
  useTitle('');
  const channels = useChannels();
  // Drawn in slices: thousands of channels are much at once, and somebody may be typing.
  const told = useDeferredValue(channels.data);
  const schedule = useEvents();
  const events = schedule.data?.events ?? none;
  const isSettled = useSettled(!schedule.isPending);
  const [query, setQuery] = useAddressState('q');
  const [toSearch] = useState(cameToSearch);
  const now = useNow(30_000);
  const view = useView();
  const list = told?.channels ?? none;
  const onNow = useMemo(() => liveByChannel(events, now), [events, now]);
  const byId = useMemo(() => new Map(list.map((channel) => [channel.id, channel])), [list]);
  const drawn = list.length > 0;
  useEffect(() => {
    if (drawn) warmUp();
  }, [drawn]);

  return (
    <>
      <h1 className="visually-hidden">{words.shell.channels}</h1>
      <InHeader>
        <SearchField label={words.search.label} value={query} onChange={setQuery} autoFocus={toSearch} />
      </InHeader>
      <SearchResults
        query={query}
        channels={list}
        onNow={onNow}
        view={view}
        renderEvents={(ids) => (
          <EventStrip title={words.search.events} events={pick(events, ids)} channelById={byId} />
        )}
      >
        {channels.isPending || (channels.data && !told) || !isSettled ? (
          <GridSkeleton />
        ) : !told ? (
          <ProblemNotice
            title={words.channels.unreadable}
            error={channels.error}
            onRetry={() => channels.refetch()}
          />
        ) : list.length === 0 ? (
          <Notice title={words.channels.first} busy>
            {words.channels.firstHint}
          </Notice>
        ) : (
          <Everything
            groups={told.groups}
            channels={list}
            events={events}
            byId={byId}
            onNow={onNow}
            now={now}
          />
        )}
      </SearchResults>
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

/** Drawn anew only for something new: while somebody types it stays as it is. */
const Everything = memo(function Everything(props: EverythingProps) {
  const { groups, channels, events, byId, onNow, now } = props;
  const view = useView();
  const { choice, choose } = useChoice(groups);
  const sections = useSections(channels, choice);
  const strip = useMemo(() => liveAndNext(events, now), [events, now]);

  return (
    <>
      {strip.length > 0 && <EventStrip title={words.events.liveAndNext} events={strip} channelById={byId} />}
      <div className={styles.groups}>
        <Toolbar groups={groups} channels={channels} choice={choice} onChoose={choose} />
      </div>
      {sections.length > 0 ? (
        <ChannelGrid sections={sections} onNow={onNow} view={view} />
      ) : (
        <Notice
          title={words.channels.nothingHere}
          actions={<Button onClick={() => choose(everything)}>{words.channels.showAll}</Button>}
        >
          {words.channels.nothingHereHint}
        </Notice>
      )}
    </>
  );
});

/** What the grid is narrowed to and how it is sorted, kept in the page's address. */
function useChoice(groups: readonly Group[]) {
  const [wanted, setGroup] = useAddressState('group');
  const [country, setCountry] = useAddressState('country');
  const [sort, setSort] = useAddressState('sort');
  const choice: Choice = {
    // A group may have gone with the last refresh.
    group: groups.some(({ name }) => name === wanted) ? wanted : '',
    country,
    sort: sort in words.channels.sorts ? (sort as Sort) : everything.sort,
  };
  const choose = (change: Partial<Choice>) => {
    if (change.group !== undefined) setGroup(change.group);
    if (change.country !== undefined) setCountry(change.country);
    if (change.sort !== undefined) setSort(change.sort === everything.sort ? '' : change.sort);
  };
  return { choice, choose };
}

function useSections(channels: readonly Channel[], { group, country, sort }: Choice) {
  const favourites = useFavourites();
  const recents = useRecents();
  const realtime = useRealtime();
  return useMemo(() => {
    const own = [
      { key: 'favourites', title: words.channels.favourites, ids: favourites },
      { key: 'recents', title: words.channels.recents, ids: group || country ? [] : recents.slice(0, 6) },
    ];
    const title = group || words.channels.all;
    const latencyOf = (id: string) => {
      const status = realtime?.status(id);
      return status?.status === 'offline' ? Number.MAX_VALUE : (status?.latency_ms ?? 1e9);
    };
    return sectionsOf(channels, own, { group, country, sort }, title, latencyOf);
  }, [channels, favourites, recents, group, country, sort, realtime]);
}

function pick(events: readonly LiveEvent[], ids: readonly string[]): LiveEvent[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
