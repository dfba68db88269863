import { createContext, useCallback, useContext, useEffect, useRef, useSyncExternalStore } from 'react';
import type { ChannelStatus } from './api';
import type { Announcements, Link, Realtime } from './realtime';

/** The connection, put there by the app (and by tests). Without one the page works over HTTP alone. */
export const RealtimeContext = createContext<Realtime | null>(null);

const nothing = () => () => {};

export function useRealtime(): Realtime | null {
  return useContext(RealtimeContext);
}

export function useLink(): Link {
  const realtime = useContext(RealtimeContext);
  return useSyncExternalStore(realtime?.onLink ?? nothing, realtime?.link ?? (() => 'connecting'));
}

/** How long the last ping took, in whole milliseconds. */
export function useRoundTripMs(): number | undefined {
  const realtime = useContext(RealtimeContext);
  const read = () => {
    const took = realtime?.roundTripMs();
    return took === undefined ? undefined : Math.round(took);
  };
  return useSyncExternalStore(realtime?.onLink ?? nothing, read);
}

export function useChannelStatus(channelId: string): ChannelStatus | undefined {
  const realtime = useContext(RealtimeContext);
  const subscribe = useCallback(
    (listener: () => void) => realtime?.onStatus(channelId, listener) ?? (() => {}),
    [realtime, channelId],
  );
  return useSyncExternalStore(subscribe, () => realtime?.status(channelId));
}

/** Call `listener` at each announcement; the newest listener is the one called. */
export function useAnnouncement<Name extends keyof Announcements>(
  name: Name,
  listener: (body: Announcements[Name]) => void,
): void {
  const realtime = useContext(RealtimeContext);
  const newest = useRef(listener);
  useEffect(() => {
    newest.current = listener;
  });
  useEffect(() => realtime?.on(name, (body) => newest.current(body)), [realtime, name]);
}
