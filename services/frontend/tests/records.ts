import type { Channel, LiveEvent, Programme } from '@/lib/api';

/** Records for tests: whole, and different only where a test says so. */

export function aChannel(differences: Partial<Channel> = {}): Channel {
  return {
    id: 'ch-1',
    number: 1,
    name: 'Northlight One',
    group: 'News',
    country: 'GB',
    logo: null,
    radio: false,
    adult: false,
    kind: 'hls',
    streams: 1,
    sources: ['demo'],
    ...differences,
  };
}

export function channels(count: number): Channel[] {
  return Array.from({ length: count }, (_, index) =>
    aChannel({
      id: `ch-${index + 1}`,
      number: index + 1,
      name: `Channel ${index + 1}`,
      group: index % 2 ? 'Sports' : 'News',
    }),
  );
}

/** An event that began ten minutes before `now` and lasts two hours. */
export function anEvent(now: number, differences: Partial<LiveEvent> = {}): LiveEvent {
  return {
    id: 'ev-1',
    title: 'Rovers vs Athletic',
    category: 'Football',
    league: 'Premier Division',
    teams: ['Rovers', 'Athletic'],
    starts_at: new Date(now - 10 * 60_000).toISOString(),
    ends_at: new Date(now + 110 * 60_000).toISOString(),
    state: 'live',
    channels: [{ id: 'ch-1', name: 'Northlight One' }],
    ...differences,
  };
}

export function aProgramme(differences: Partial<Programme> = {}): Programme {
  return {
    channel_id: 'ch-1',
    title: 'The Long View',
    subtitle: '',
    description: '',
    categories: [],
    icon: null,
    episode: '',
    start: '2026-01-01T12:00:00Z',
    stop: '2026-01-01T13:00:00Z',
    ...differences,
  };
}
