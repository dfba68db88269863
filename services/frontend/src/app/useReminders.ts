import { useEffect } from 'react';
import { headline, takeDue, useEvents } from '@/features/events';
import type { LiveEvent } from '@/lib/api';
import { notify } from '@/lib/notify';
import { useNow } from '@/lib/time';
import { showToast } from '@/lib/toasts';
import { words } from '@/words';

/** Tell of the events that somebody asked to be told of: on the page, and by the system where that is allowed. */
export function useReminders(): void {
  const events = useEvents().data?.events;
  const now = useNow(15_000);
  useEffect(() => {
    for (const event of takeDue(events ?? [], now)) remind(event);
  }, [events, now]);
}

function remind(event: LiveEvent): void {
  const channel = event.channels.find(({ id }) => id !== null);
  const to = channel?.id ? `/watch/${encodeURIComponent(channel.id)}` : '/schedule';
  const title = words.events.started(headline(event));
  const detail = [event.league ?? event.category, channel?.name].filter(Boolean).join(' · ');
  showToast({ id: `event-${event.id}`, title, detail, link: { to, label: words.events.watch } });
  void notify(title, detail, event.id, to);
}
