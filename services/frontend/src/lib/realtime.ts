import type { Socket } from 'socket.io-client';
import type { CatalogChange, ChannelStatus, EventStateChange, LiveEvent, SearchResults } from './api';

/**
 * The one client of the gateway's Socket.IO.
 *
 * It reconnects with jitter, also when the server closes the connection by itself (after which the
 * library would stay away), joins its rooms anew each time and asks for what it missed since the last
 * cursor. Statuses are kept here, per channel, so that one change redraws one tile.
 */

type Cursored<Body> = Body & { cursor?: string };

interface ServerEvents {
  channel_status(status: Cursored<ChannelStatus>): void;
  live_events(page: { events: LiveEvent[] }): void;
  live_event(change: Cursored<EventStateChange>): void;
  catalog_changed(change: Cursored<CatalogChange>): void;
  search_results(results: SearchResults): void;
  resync(): void;
  error(problem: { code: string; message: string }): void;
}

interface ClientEvents {
  join_channel_updates(request: { channel_ids?: string[] }): void;
  leave_channel_updates(): void;
  get_live_events(): void;
  search_channels(request: { query: string; limit?: number }, ack: (results: SearchResults) => void): void;
  resume(request: { cursor: string }): void;
}

export type LiveSocket = Socket<ServerEvents, ClientEvents>;

export type Link = 'connecting' | 'up' | 'down';

/** What others may listen to. `resync` means: too much was missed, fetch everything. */
export interface Announcements {
  live_event: EventStateChange;
  catalog_changed: CatalogChange;
  resync: undefined;
}

export interface Realtime {
  open(): () => void;
  link(): Link;
  onLink(listener: () => void): () => void;
  status(channelId: string): ChannelStatus | undefined;
  onStatus(channelId: string, listener: () => void): () => void;
  on<Name extends keyof Announcements>(name: Name, listener: (body: Announcements[Name]) => void): () => void;
  search(query: string, limit: number, timeoutMs: number): Promise<SearchResults>;
}

/** The library comes after the first picture of the page: nothing that is drawn first needs it. */
export async function loadSocket(): Promise<LiveSocket> {
  const { io } = await import('socket.io-client');
  return io({
    path: '/_event/',
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    autoConnect: false,
    reconnectionDelay: 1_000,
    reconnectionDelayMax: 15_000,
    randomizationFactor: 0.5,
  });
}

export function createRealtime(load: () => Promise<LiveSocket>): Realtime {
  const statuses = new Map<string, ChannelStatus>();
  const statusListeners = new Map<string, Set<() => void>>();
  const linkListeners = new Set<() => void>();
  const announced = { live_event: new Set(), catalog_changed: new Set(), resync: new Set() } as {
    [Name in keyof Announcements]: Set<(body: Announcements[Name]) => void>;
  };
  let socket: LiveSocket | undefined;
  let link: Link = 'connecting';
  let cursor: string | undefined;
  let comeBack: ReturnType<typeof setTimeout> | undefined;
  let refusals = 0;
  let connectedBefore = false;

  const setLink = (next: Link) => {
    if (next === link) return;
    link = next;
    for (const listener of linkListeners) listener();
  };

  const announce = <Name extends keyof Announcements>(name: Name, body: Announcements[Name]) => {
    for (const listener of announced[name]) listener(body);
  };

  const remember = (body: { cursor?: string }) => {
    if (body.cursor) cursor = body.cursor;
  };

  const reconnectSoon = () => {
    clearTimeout(comeBack);
    const longest = Math.min(15_000, 1_000 * 2 ** refusals);
    refusals += 1;
    comeBack = setTimeout(() => socket?.connect(), longest * (0.5 + Math.random() / 2));
  };

  const handlers = {
    connect: () => {
      refusals = 0;
      clearTimeout(comeBack);
      // The rooms went with the old connection. The cursor is read before any new status can move it.
      const missedSince = cursor;
      socket?.emit('join_channel_updates', {});
      if (missedSince) socket?.emit('resume', { cursor: missedSince });
      else if (connectedBefore) announce('resync', undefined);
      connectedBefore = true;
      setLink('up');
    },
    disconnect: () => {
      setLink('down');
      if (!socket?.active) reconnectSoon();
    },
    connect_error: () => {
      setLink('down');
      if (!socket?.active) reconnectSoon();
    },
    channel_status: (status: Cursored<ChannelStatus>) => {
      remember(status);
      statuses.set(status.channel_id, status);
      for (const listener of statusListeners.get(status.channel_id) ?? []) listener();
    },
    live_event: (change: Cursored<EventStateChange>) => {
      remember(change);
      announce('live_event', change);
    },
    catalog_changed: (change: Cursored<CatalogChange>) => {
      remember(change);
      announce('catalog_changed', change);
    },
    resync: () => {
      cursor = undefined;
      announce('resync', undefined);
    },
  };

  const wake = () => {
    if (document.visibilityState === 'visible' && socket?.connected === false) socket.connect();
  };

  return {
    open() {
      let closed = false;
      load().then(
        (loaded) => {
          if (closed) return;
          socket = loaded;
          for (const [name, handler] of Object.entries(handlers)) socket.on(name as never, handler as never);
          socket.connect();
        },
        // Its file did not arrive: the page works over HTTP, and a reload brings it back.
        () => setLink('down'),
      );
      document.addEventListener('visibilitychange', wake);
      window.addEventListener('online', wake);
      return () => {
        closed = true;
        clearTimeout(comeBack);
        document.removeEventListener('visibilitychange', wake);
        window.removeEventListener('online', wake);
        for (const [name, handler] of Object.entries(handlers)) socket?.off(name as never, handler as never);
        socket?.disconnect();
        link = 'connecting';
      };
    },
    link: () => link,
    onLink: (listener) => listen(linkListeners, listener),
    status: (channelId) => statuses.get(channelId),
    onStatus(channelId, listener) {
      const listeners = statusListeners.get(channelId) ?? new Set();
      statusListeners.set(channelId, listeners);
      const stop = listen(listeners, listener);
      return () => {
        stop();
        if (listeners.size === 0) statusListeners.delete(channelId);
      };
    },
    on: (name, listener) => listen(announced[name], listener),
    async search(query, limit, timeoutMs) {
      if (!socket) throw new Error('not connected');
      return socket.timeout(timeoutMs).emitWithAck('search_channels', { query, limit });
    },
  };
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
