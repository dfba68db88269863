import type { Socket } from 'socket.io-client';
import type {
  CatalogChange,
  ChannelStatus,
  EventStateChange,
  JoinedUpdates,
  LiveEvent,
  Place,
  Refusal,
  SearchResults,
} from './api';
import { comparedTo, later } from './cursor';
import { whenIdle } from './idle';

/**
 * The one client of the gateway's Socket.IO.
 *
 * It reconnects with jitter, also when the server closes the connection by itself (after which the
 * library would stay away), joins all channels anew each time and gets what it missed since the last
 * cursor. Statuses are kept here, per channel, so that one change redraws one tile.
 *
 * Each announcement says what it comes after. What is known already is not passed on; where something lies
 * between, what comes waits until it was asked for again: listeners hear everything, once, in order.
 */

type Told<Body> = Body & Partial<Place>;

interface ServerEvents {
  channel_status(status: Told<ChannelStatus>): void;
  live_events(page: { events: LiveEvent[] }): void;
  live_event(change: Told<EventStateChange>): void;
  catalog_changed(change: Told<CatalogChange>): void;
  search_results(results: SearchResults): void;
  resync(place: { cursor: string | null }): void;
  error(problem: Refusal): void;
}

interface ClientEvents {
  join_channel_updates(
    request: { channel_ids?: string[]; cursor?: string },
    ack: (joined: JoinedUpdates) => void,
  ): void;
  leave_channel_updates(): void;
  get_live_events(): void;
  search_channels(request: { query: string; limit?: number }, ack: (results: SearchResults) => void): void;
  ping(request: { took_ms?: number }, ack: () => void): void;
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
  /** How long the last ping took to be acknowledged; undefined while nobody knows. */
  roundTripMs(): number | undefined;
  status(channelId: string): ChannelStatus | undefined;
  onStatus(channelId: string, listener: () => void): () => void;
  on<Name extends keyof Announcements>(name: Name, listener: (body: Announcements[Name]) => void): () => void;
  search(query: string, limit: number, timeoutMs: number): Promise<SearchResults>;
}

const ANSWER_WITHIN_MS = 15_000;
const PING_EVERY_MS = 15_000;
/** A ping that takes so long counts as lost. */
export const PING_LOST_MS = 5_000;

/** The library comes when the page is drawn, or soon: nothing that is drawn first needs it. */
export async function loadSocket(): Promise<LiveSocket> {
  await new Promise<void>((resolve) => whenIdle(resolve, 1_000));
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
  let catchingUp = false;
  let roundTripMs: number | undefined;
  let pinging: ReturnType<typeof setInterval> | undefined;

  const linkMoved = () => {
    for (const listener of linkListeners) listener();
  };

  const setLink = (next: Link) => {
    if (next !== 'up') {
      clearInterval(pinging);
      roundTripMs = undefined;
    }
    if (next === link) return;
    link = next;
    linkMoved();
  };

  const announce = <Name extends keyof Announcements>(name: Name, body: Announcements[Name]) => {
    for (const listener of announced[name]) listener(body);
  };

  /** Have the server tell what we don't know yet, and wait until it has. */
  const catchUp = async (ask: () => Promise<{ cursor?: string | null }> | undefined) => {
    catchingUp = true;
    try {
      const answer = await ask();
      cursor = later(cursor, answer?.cursor ?? undefined);
    } catch {
      // No answer: if something is missing, the next announcement shows it.
    } finally {
      catchingUp = false;
    }
  };

  /** Also where something is missing: with a cursor, all that came since is told again, in order. */
  const join = () => catchUp(() => asking()?.emitWithAck('join_channel_updates', cursor ? { cursor } : {}));
  const asking = () => socket?.timeout(ANSWER_WITHIN_MS);

  /** Whether an announcement is the next one. One without `after` is the present, and always welcome. */
  const isNext = (body: Partial<Place>): boolean => {
    if (!body.cursor || !body.after) return true;
    if (cursor && comparedTo(body.cursor, cursor) <= 0) return false;
    if (cursor && comparedTo(body.after, cursor) > 0) {
      if (!catchingUp) void join();
      return false;
    }
    cursor = body.cursor;
    return true;
  };

  const ping = async () => {
    if (!socket?.connected || document.visibilityState !== 'visible') return;
    const began = performance.now();
    const last = roundTripMs === undefined ? {} : { took_ms: Math.round(roundTripMs) };
    try {
      await socket.timeout(PING_LOST_MS).emitWithAck('ping', last);
      roundTripMs = performance.now() - began;
    } catch {
      roundTripMs = socket.connected ? PING_LOST_MS : undefined;
    }
    linkMoved();
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
      // The rooms went with the old connection.
      if (!cursor && connectedBefore) announce('resync', undefined);
      connectedBefore = true;
      void join();
      setLink('up');
      clearInterval(pinging);
      pinging = setInterval(ping, PING_EVERY_MS);
      void ping();
    },
    disconnect: () => {
      setLink('down');
      if (!socket?.active) reconnectSoon();
    },
    connect_error: () => {
      setLink('down');
      if (!socket?.active) reconnectSoon();
    },
    channel_status: (status: Told<ChannelStatus>) => {
      if (!isNext(status)) return;
      statuses.set(status.channel_id, status);
      for (const listener of statusListeners.get(status.channel_id) ?? []) listener();
    },
    live_event: (change: Told<EventStateChange>) => {
      if (isNext(change)) announce('live_event', change);
    },
    catalog_changed: (change: Told<CatalogChange>) => {
      if (isNext(change)) announce('catalog_changed', change);
    },
    resync: (place: { cursor: string | null } | undefined) => {
      cursor = place?.cursor ?? undefined;
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
        clearInterval(pinging);
        document.removeEventListener('visibilitychange', wake);
        window.removeEventListener('online', wake);
        for (const [name, handler] of Object.entries(handlers)) socket?.off(name as never, handler as never);
        socket?.disconnect();
        link = 'connecting';
      };
    },
    link: () => link,
    onLink: (listener) => listen(linkListeners, listener),
    roundTripMs: () => roundTripMs,
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
