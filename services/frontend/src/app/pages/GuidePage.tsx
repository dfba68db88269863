import { useCallback, useMemo, useRef, useState } from 'react';
import { Chips } from '@/components/Chips';
import { Notice, ProblemNotice } from '@/components/Notice';
import { SearchField } from '@/components/SearchField';
import { useChannels, useFavourites, useSearch, useSeenWhole } from '@/features/channels';
import {
  axisAround,
  Guide,
  type GuideHandle,
  leapAt,
  leapsFrom,
  ProgrammeDialog,
  type Showing,
} from '@/features/guide';
import type { Channel, Group, Hit } from '@/lib/api';
import { useNow } from '@/lib/time';
import { useTitle } from '@/lib/useTitle';
import { words } from '@/words';
import { InHeader } from '../HeaderSlot';
import { useAddressState } from '../useAddressState';
import styles from './GuidePage.module.css';

const none: readonly never[] = [];
/** No group has this name: what a list's author writes is trimmed. */
const FAVOURITES = ' favourites';

interface Chosen {
  channel: Channel;
  showing: Showing | null;
}

/** What every channel shows, from a little before now to a week from now. */
export default function GuidePage() {
  useTitle(words.guide.title);
  const list = useChannels();
  const [query, setQuery] = useAddressState('q');
  const [wanted, setGroup] = useAddressState('group');
  const now = useNow(30_000);
  const [axis] = useState(() => axisAround(now));
  const [left, setLeft] = useState(now);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const guide = useRef<GuideHandle>(null);
  const search = useSearch(query);
  const isSeen = useSeenWhole(query);
  const hits = query.trim() === '' ? null : search.data?.results;
  const channels = useShown(list.data?.channels ?? none, wanted, hits);
  const leaps = useMemo(() => leapsFrom(axis, now, left, words.guide.leaps), [axis, now, left]);
  const choose = useCallback(
    (channel: Channel, showing: Showing | null) => setChosen({ channel, showing }),
    [],
  );
  const leap = (key: string) => {
    const to = leaps.find((each) => each.key === key);
    if (to) guide.current?.leapTo(to.at);
  };

  return (
    <>
      <h1 className="visually-hidden">{words.guide.title}</h1>
      <InHeader>
        <SearchField label={words.guide.search} value={query} onChange={setQuery} />
      </InHeader>
      <div className={styles.tools}>
        <Chips
          legend={words.guide.when}
          chips={leaps.map(({ key, label }) => ({ value: key, label }))}
          selected={leapAt(left, now)}
          onSelect={leap}
        />
        <GroupChips groups={list.data?.groups ?? none} selected={wanted} onSelect={setGroup} />
      </div>
      {list.isError && !list.data ? (
        <ProblemNotice title={words.guide.failed} error={list.error} onRetry={() => list.refetch()} />
      ) : search.isError && hits === undefined ? (
        <ProblemNotice title={words.search.failed} error={search.error} onRetry={() => search.refetch()} />
      ) : list.isPending || (hits === undefined && !isSeen) ? null : channels.length === 0 ? (
        <Notice title={words.guide.none}>{words.guide.noneHint}</Notice>
      ) : (
        <Guide
          ref={guide}
          channels={channels}
          wish={`${wanted}?${query}`}
          axis={axis}
          onChoose={choose}
          onMove={setLeft}
        />
      )}
      {chosen && <ProgrammeDialog {...chosen} onClose={() => setChosen(null)} />}
    </>
  );
}

/** The channels of a group; of those what was searched for, once that is known. */
function useShown(
  all: readonly Channel[],
  group: string,
  hits: readonly Hit[] | null | undefined,
): readonly Channel[] {
  const favourites = useFavourites();
  return useMemo(() => {
    const found = hits && new Set(hits.filter(({ kind }) => kind === 'channel').map(({ id }) => id));
    const fitting = group === FAVOURITES ? pick(all, favourites) : inGroup(all, group);
    return found ? fitting.filter(({ id }) => found.has(id)) : fitting;
  }, [all, favourites, group, hits]);
}

function pick(all: readonly Channel[], ids: readonly string[]): readonly Channel[] {
  const byId = new Map(all.map((channel) => [channel.id, channel]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A group may have gone with the last refresh: then everything is shown. */
function inGroup(all: readonly Channel[], group: string): readonly Channel[] {
  const fitting = group === '' ? all : all.filter((channel) => channel.group === group);
  return fitting.length > 0 ? fitting : all;
}

interface GroupChipsProps {
  groups: readonly Group[];
  selected: string;
  onSelect: (group: string) => void;
}

function GroupChips({ groups, selected, onSelect }: GroupChipsProps) {
  const favourites = useFavourites().length;
  const chips = useMemo(
    () => [
      { value: '', label: words.channels.anyGroup },
      ...(favourites > 0 ? [{ value: FAVOURITES, label: words.channels.favourites, count: favourites }] : []),
      ...groups
        .filter(({ name }) => name !== '')
        .map(({ name, channels }) => ({ value: name, label: name, count: channels })),
    ],
    [groups, favourites],
  );
  if (chips.length < 3) return null;
  return <Chips legend={words.channels.groups} chips={chips} selected={selected} onSelect={onSelect} />;
}
