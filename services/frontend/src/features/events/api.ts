import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query';
import { POLL_WITHOUT_SOCKET_MS } from '@/config';
import { type EventPage, type EventStateChange, getJson } from '@/lib/api';
import { useLink } from '@/lib/useRealtime';

export function fetchEvents(signal?: AbortSignal): Promise<EventPage> {
  return getJson<EventPage>('/api/events', signal);
}

export function eventsOptions(socketIsUp: boolean) {
  return queryOptions({
    queryKey: ['events'],
    queryFn: ({ signal }) => fetchEvents(signal),
    staleTime: 5 * 60_000,
    refetchInterval: socketIsUp ? 15 * 60_000 : POLL_WITHOUT_SOCKET_MS,
  });
}

export function useEvents() {
  return useQuery(eventsOptions(useLink() === 'up'));
}

/** An event started or ended: put it into the list that is already here, without asking for a new one. */
export function applyEventChange(client: QueryClient, change: EventStateChange): void {
  client.setQueryData<EventPage>(
    ['events'],
    (page) =>
      page && {
        ...page,
        events: page.events.map((event) =>
          event.id === change.event.id ? { ...change.event, state: change.state } : event,
        ),
      },
  );
}
