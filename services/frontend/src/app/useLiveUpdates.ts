import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { REFETCH_SPREAD_MS } from '@/config';
import { applyEventChange, headline } from '@/features/events';
import type { EventStateChange } from '@/lib/api';
import { showToast } from '@/lib/toasts';
import { useAnnouncement } from '@/lib/useRealtime';
import { words } from '@/words';

/** What the server announces, brought into the lists that are on the page. */
export function useLiveUpdates(): void {
  const client = useQueryClient();
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());

  useEffect(() => {
    const running = timers.current;
    return () => {
      for (const timer of running) clearTimeout(timer);
    };
  }, []);

  const refetch = (...keys: string[]) => {
    const timer = setTimeout(() => {
      timers.current.delete(timer);
      for (const key of keys) void client.invalidateQueries({ queryKey: [key] });
    }, Math.random() * REFETCH_SPREAD_MS);
    timers.current.add(timer);
  };

  useAnnouncement('catalog_changed', ({ topic }) => {
    if (topic === 'guide') refetch(topic);
    else refetch(topic, 'search');
  });
  useAnnouncement('resync', () => refetch('channels', 'events', 'search'));
  useAnnouncement('live_event', (change) => {
    applyEventChange(client, change);
    if (change.state === 'live') announce(change);
  });
}

function announce({ event }: EventStateChange): void {
  const channel = event.channels.find(({ id }) => id !== null);
  showToast({
    id: `event-${event.id}`,
    title: words.events.started(headline(event)),
    detail: [event.league ?? event.category, channel?.name].filter(Boolean).join(' · '),
    ...(channel?.id
      ? { link: { to: `/watch/${encodeURIComponent(channel.id)}`, label: words.events.watch } }
      : {}),
  });
}
