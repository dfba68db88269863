import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '@/app/App';
import { forgetOnAir } from '@/features/channels/programmes';
import type { Channel, ChannelNow, LiveEvent } from '@/lib/api';
import { createRealtime } from '@/lib/realtime';
import { FakeSocket } from './fakeSocket';
import { aChannel, anEvent, aProgramme, channels } from './records';

/** The whole page against a gateway that is two functions: an HTTP answer and a socket. */

interface Gateway {
  channels: Channel[];
  events: LiveEvent[];
  now: ChannelNow[];
  failing: boolean;
  requests: string[];
}

let gateway: Gateway;
let socket: FakeSocket;

beforeEach(() => {
  forgetOnAir();
  gateway = { channels: channels(40), events: [], now: [], failing: false, requests: [] };
  socket = new FakeSocket();
  vi.stubGlobal('fetch', async (path: string) => respond(path));
});

afterEach(() => {
  vi.unstubAllGlobals();
  history.replaceState(null, '', '/');
});

function respond(path: string): Response {
  gateway.requests.push(path);
  const { pathname, searchParams } = new URL(path, 'http://tv.lan');
  if (gateway.failing) {
    return problem(500, 'catalog_broken', 'The catalog cannot reach its store.');
  }
  if (pathname === '/api/channels') {
    const names = [...new Set(gateway.channels.map(({ group }) => group))];
    const groups = names.map((name) => ({ name, channels: 1 }));
    return Response.json({ version: 'v1', total: 1, groups, channels: gateway.channels, next_cursor: null });
  }
  if (pathname === '/api/events') {
    const categories = [...new Set(gateway.events.map(({ category }) => category))];
    return Response.json({ version: 'v1', categories, events: gateway.events });
  }
  if (pathname === '/api/now') return Response.json({ channels: gateway.now });
  if (pathname === '/api/search') return Response.json(found(searchParams.get('q') ?? ''));
  return problem(404, 'channel_not_found', 'No such channel.');
}

function problem(status: number, code: string, detail: string): Response {
  return Response.json(
    { type: 'about:blank', title: 'Problem', status, code, detail, request_id: 'r1' },
    { status },
  );
}

function found(query: string) {
  const results = gateway.channels
    .filter(({ name }) => name.endsWith(query))
    .map(({ id, name, group, number }) => ({
      kind: 'channel',
      id,
      name,
      detail: group,
      number,
      logo: null,
      score: 90,
    }));
  return { query, results, took_ms: 0.2 };
}

async function open(path: string) {
  history.replaceState(null, '', path);
  render(<App realtime={createRealtime(socket.load)} />);
  // The socket's own code has to arrive first.
  await act(async () => {});
  act(() => socket.accept());
}

describe('home', () => {
  it('lists the channels with number, name and group, each leading to its player', async () => {
    await open('/');
    const link = await screen.findByRole('link', { name: /^1 Channel 1 +News/ });
    expect(link).toHaveProperty('pathname', '/watch/ch-1');
  });

  it('shows how a channel is doing as soon as the socket says so', async () => {
    await open('/');
    const link = await screen.findByRole('link', { name: /^1 Channel 1/ });
    act(() => socket.say('channel_status', { channel_id: 'ch-1', status: 'degraded', latency_ms: 900 }));
    expect(within(link).getByText('Unsteady')).toBeTruthy();
  });

  it('puts a starred channel first, and keeps it there', async () => {
    await open('/');
    await userEvent.click(await screen.findByRole('button', { name: 'Favourite: Channel 3' }));
    expect(screen.getByRole('heading', { name: /Favourites 1/ })).toBeTruthy();
    expect(localStorage.getItem('favourites')).toBe('["ch-3"]');
    await userEvent.click(screen.getAllByRole('button', { name: 'Favourite: Channel 3' })[0] as HTMLElement);
  });

  it('narrows the grid to a group', async () => {
    await open('/');
    await userEvent.click(await screen.findByRole('button', { name: /Sports/ }));
    expect(screen.queryByRole('link', { name: /^1 Channel 1 / })).toBeNull();
    expect(screen.getByRole('link', { name: /^2 Channel 2 / })).toBeTruthy();
  });

  it('says what is on, how fast the channel answers, and what comes next', async () => {
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    gateway.now = [
      {
        id: 'ch-1',
        status: 'online',
        latency_ms: 40,
        viewers: 0,
        now: aProgramme({ title: 'Harbour Lights', start: at(-10), stop: at(20) }),
        next: aProgramme({ title: 'Late Weather', start: at(20), stop: at(30) }),
      },
    ];
    await open('/');
    expect(await screen.findByText('Harbour Lights')).toBeTruthy();
    expect(screen.getByText(/Late Weather/)).toBeTruthy();
    act(() => socket.say('channel_status', { channel_id: 'ch-1', status: 'online', latency_ms: 41.6 }));
    expect(screen.getByText('42 ms')).toBeTruthy();
  });

  it('shows what was watched last, and a list instead of pictures', async () => {
    localStorage.setItem('recents', '["ch-9"]');
    window.dispatchEvent(new StorageEvent('storage'));
    await open('/');
    window.dispatchEvent(new StorageEvent('storage'));
    expect(await screen.findByRole('heading', { name: /Recently watched 1/ })).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Show as a list' }));
    expect(screen.getByTestId('channel-grid').dataset.view).toBe('list');
    await userEvent.click(screen.getByRole('button', { name: 'Show as pictures' }));
  });

  it('sorts by name and narrows to a country', async () => {
    gateway.channels = [
      aChannel({ id: 'a', name: 'Zephyr', country: 'FR' }),
      aChannel({ id: 'b', number: 2, name: 'Amber' }),
    ];
    await open('/');
    await screen.findByRole('link', { name: /Zephyr/ });
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Sort' }), 'By name');
    const names = () => screen.getAllByTestId('channel').map((tile) => tile.dataset.channelId);
    expect(names()).toEqual(['b', 'a']);
    await userEvent.click(screen.getByRole('button', { name: /^France/ }));
    expect(names()).toEqual(['a']);
  });

  it('searches over the socket, at the press of a slash', async () => {
    await open('/');
    await screen.findByRole('link', { name: /^1 Channel 1 / });
    socket.results = found('17');
    await userEvent.keyboard('/17');
    expect(await screen.findByRole('link', { name: /^17 Channel 17/ })).toBeTruthy();
    expect(gateway.requests.some((path) => path.startsWith('/api/search'))).toBe(false);
  });

  it('does not show what another word found', async () => {
    await open('/');
    await screen.findByRole('link', { name: /^1 Channel 1 / });
    socket.results = found('17');
    await userEvent.type(screen.getByRole('searchbox'), '17');
    await waitFor(() => expect(screen.queryByRole('link', { name: /^1 Channel 1 / })).toBeNull());
    await userEvent.clear(screen.getByRole('searchbox'));
    await screen.findByRole('link', { name: /^1 Channel 1 / });
    socket.results = new Promise(() => {});
    await userEvent.type(screen.getByRole('searchbox'), '2');
    await new Promise((later) => setTimeout(later, 100));
    expect(screen.getByRole('link', { name: /^1 Channel 1 / })).toBeTruthy();
  });

  it('searches over HTTP where the socket does not answer', async () => {
    await open('/');
    await screen.findByRole('link', { name: /^1 Channel 1 / });
    await userEvent.type(screen.getByRole('searchbox'), '23');
    expect(await screen.findByRole('link', { name: /^23 Channel 23/ })).toBeTruthy();
    expect(gateway.requests).toContain('/api/search?q=23&limit=60');
  });

  it('says so when nothing is found', async () => {
    await open('/?q=zzz');
    expect(await screen.findByRole('heading', { name: 'Nothing found for “zzz”' })).toBeTruthy();
  });

  it('waits for the first channels, and says so', async () => {
    gateway.channels = [];
    await open('/');
    expect(await screen.findByRole('heading', { name: 'The first channels are being read' })).toBeTruthy();
  });

  it("repeats the server's words when the list cannot be read", async () => {
    gateway.failing = true;
    await open('/');
    const words = await screen.findByText(/The catalog cannot reach its store/, {}, { timeout: 5_000 });
    expect(words.textContent).toContain('catalog_broken');
    gateway.failing = false;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: /^1 Channel 1 / })).toBeTruthy();
  });

  it('shows what is live, above the channels and on its channel', async () => {
    gateway.events = [anEvent(Date.now())];
    await open('/');
    const strip = await screen.findByRole('region', { name: 'Live and next' });
    expect(within(strip).getByRole('link')).toHaveProperty('pathname', '/watch/ch-1');
    expect(screen.getByRole('link', { name: /^1 Channel 1 +Live: Rovers vs Athletic/ })).toBeTruthy();
  });
});

describe('live updates', () => {
  it('announces an event that has started, with a way to watch it', async () => {
    await open('/');
    act(() => socket.say('live_event', { event: anEvent(Date.now()), state: 'live' }));
    const notices = screen.getByRole('region', { name: 'Notices' });
    expect(within(notices).getByText('Rovers vs Athletic has started')).toBeTruthy();
    expect(within(notices).getByRole('link', { name: 'Watch' })).toHaveProperty('pathname', '/watch/ch-1');
    await userEvent.click(within(notices).getByRole('button', { name: 'Dismiss' }));
  });

  it('fetches the channels again when the catalog has changed', async () => {
    await open('/');
    await screen.findByRole('link', { name: /^1 Channel 1 / });
    gateway.channels = [aChannel({ name: 'Brand New' })];
    act(() => socket.say('catalog_changed', { topic: 'channels', version: 'v2' }));
    expect(await screen.findByRole('link', { name: /Brand New/ }, { timeout: 4_000 })).toBeTruthy();
  });

  it('tells that updates are paused while the socket is away', async () => {
    await open('/');
    act(() => socket.drop(true));
    expect(await screen.findByText(/Live updates are paused/, {}, { timeout: 4_500 })).toBeTruthy();
    act(() => socket.accept());
    expect(screen.queryByText(/Live updates are paused/)).toBeNull();
  });
});

describe('watch', () => {
  it.each([
    ['hls', 'm3u8'],
    ['dash', 'mpd'],
    ['ts', 'ts'],
  ] as const)('has a player for a %s channel, and the address of its kind', async (kind, extension) => {
    gateway.channels = [aChannel({ kind })];
    await open('/watch/ch-1');
    expect(await screen.findByRole('group', { name: /^Player: / })).toBeTruthy();
    expect(await screen.findByRole('textbox', { name: 'Stream address' })).toHaveProperty(
      'value',
      `${location.origin}/stream/ch-1.${extension}`,
    );
  });

  it('says so when there is no such channel', async () => {
    await open('/watch/nowhere');
    expect(await screen.findByRole('heading', { name: 'This channel is not in the list' })).toBeTruthy();
  });
});

it('shows the schedule by day and category, live first, and filters it', async () => {
  const now = Date.now();
  const soon = new Date(now + 60_000).toISOString();
  gateway.events = [
    anEvent(now),
    anEvent(now, {
      id: 'ev-2',
      title: 'Lindqvist vs Moreau',
      teams: ['Lindqvist', 'Moreau'],
      category: 'Tennis',
      state: 'upcoming',
      starts_at: soon,
    }),
  ];
  await open('/schedule');
  expect(await screen.findByRole('region', { name: 'Live now' })).toBeTruthy();
  expect(screen.getByText('Lindqvist vs Moreau')).toBeTruthy();
  await userEvent.type(screen.getByRole('searchbox'), 'rovers');
  expect(screen.queryByText('Lindqvist vs Moreau')).toBeNull();
});

it('gives the playlist as an absolute address and as a code to scan', async () => {
  await open('/playlist');
  const address = `${location.origin}/playlist.m3u8`;
  expect(await screen.findByRole('textbox', { name: 'Playlist address' })).toHaveProperty('value', address);
  expect(screen.getByRole('img', { name: `QR code of ${address}` })).toBeTruthy();
});

it('leads back from an address that does not exist', async () => {
  await open('/nowhere');
  expect(await screen.findByRole('heading', { name: 'Nothing is broadcast here' })).toBeTruthy();
});
