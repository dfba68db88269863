import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { ButtonLink } from '@/components/Button';
import { Notice, ProblemNotice } from '@/components/Notice';
import { Pill } from '@/components/Pill';
import { WATCHED_AFTER_MS } from '@/config';
import {
  noteWatched,
  OnAir,
  useChannel,
  useChannels,
  useFavourite,
  useNumberZap,
  useOnAir,
  useOnAirOf,
  ZapList,
} from '@/features/channels';
import { liveByChannel, OnThisChannel, useEvents } from '@/features/events';
import { ChannelFacts, StreamAddress, useTheatre } from '@/features/player';
import { ApiError, type Channel, type LiveEvent } from '@/lib/api';
import { useNow } from '@/lib/time';
import { useSettled } from '@/lib/useSettled';
import { useTitle } from '@/lib/useTitle';
import { words } from '@/words';
import { type Show, useStage } from '../stage';
import styles from './WatchPage.module.css';
import { around, neighbours } from './zapping';

const none: readonly never[] = [];

/** One channel: its picture, what is on it, how to take it elsewhere, and the channels around it. */
export default function WatchPage({ id }: { id: string }) {
  const list = useChannels().data?.channels ?? none;
  const known = useMemo(() => list.find((channel) => channel.id === id), [list, id]);
  const asked = useChannel(id, known);
  const channel = known ?? asked.data;
  const events = useEvents().data?.events;
  useTitle(channel?.name ?? '');

  if (channel) return <Watching channel={channel} list={list} events={events} />;
  if (asked.isPending) return null;
  if (asked.error instanceof ApiError && asked.error.problem.status === 404) {
    return (
      <Notice
        alone
        title={words.watch.unknown}
        actions={<ButtonLink href="/">{words.channels.seeAll}</ButtonLink>}
      >
        {words.watch.unknownHint}
      </Notice>
    );
  }
  return (
    <ProblemNotice alone title={words.watch.unreadable} error={asked.error} onRetry={() => asked.refetch()} />
  );
}

interface WatchingProps {
  channel: Channel;
  list: readonly Channel[];
  events: readonly LiveEvent[] | undefined;
}

function Watching({ channel, list, events: told }: WatchingProps) {
  const events = told ?? none;
  useOnAirOf(channel.id);
  const onAir = useOnAir(channel.id);
  const isSettled = useSettled(told !== undefined && onAir !== undefined);
  const [, navigate] = useLocation();
  const now = useNow(30_000);
  const onNow = useMemo(() => liveByChannel(events, now), [events, now]);
  const [previous, next] = useMemo(() => neighbours(list, channel.id), [list, channel.id]);
  const near = useMemo(() => around(list, channel), [list, channel]);
  // Zapping replaces: one press of "back" leaves the player, however many channels were tried.
  const go = useCallback(
    (to: Channel) => navigate(`/watch/${encodeURIComponent(to.id)}`, { replace: true }),
    [navigate],
  );
  const onNext = useMemo(() => next && (() => go(next)), [next, go]);
  const onPrevious = useMemo(() => previous && (() => go(previous)), [previous, go]);
  const typed = useNumberZap(list, go);
  const [theatre, toggleTheatre] = useTheatre();
  const screen = useScreen({ channel, onNext, onPrevious, theatre, onTheatre: toggleTheatre });
  useEffect(() => {
    const timer = setTimeout(() => noteWatched(channel.id), WATCHED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [channel.id]);

  return (
    <div className={styles.page} data-theatre={theatre}>
      <div className={styles.screen}>
        <div ref={screen} className={styles.place} />
        {typed !== '' && (
          <output className={styles.typed} aria-label={words.watch.typed}>
            {typed}
          </output>
        )}
      </div>
      <div className={styles.about}>
        <Heading channel={channel} />
        {isSettled && (
          <>
            <OnAir channelId={channel.id} />
            <OnThisChannel channelId={channel.id} events={events} />
            <StreamAddress channel={channel} />
          </>
        )}
      </div>
      {isSettled && near.channels.length > 1 && (
        <aside className={styles.beside}>
          <ZapList title={near.title} channels={near.channels} current={channel.id} onNow={onNow} />
        </aside>
      )}
    </div>
  );
}

/** Claim the page's one picture for this page's place, and leave it running when the page goes. */
function useScreen({ channel, onNext, onPrevious, theatre, onTheatre }: Omit<Show, 'place'>) {
  const { put, shrink } = useStage();
  const [place, setPlace] = useState<HTMLElement | null>(null);
  useLayoutEffect(() => {
    if (place) put({ channel, place, onNext, onPrevious, theatre, onTheatre });
  }, [place, put, channel, onNext, onPrevious, theatre, onTheatre]);
  useLayoutEffect(() => {
    if (!place) return;
    return () => shrink(place);
  }, [place, shrink]);
  return setPlace;
}

function Heading({ channel }: { channel: Channel }) {
  const [isFavourite, toggle] = useFavourite(channel.id);
  return (
    <header className={styles.heading}>
      <div>
        <h1 className={styles.name}>
          <span className={styles.number}>{channel.number}</span> {channel.name}
        </h1>
        <ChannelFacts channel={channel} />
      </div>
      <Pill as="button" icon="star" filled={isFavourite} aria-pressed={isFavourite} onClick={toggle}>
        {isFavourite ? words.watch.favourite : words.watch.addFavourite}
      </Pill>
    </header>
  );
}
