import type { LiveEvent } from '@/lib/api';
import { plain } from '@/lib/naming';
import { DAY, dayKey, dayName, HOUR, MINUTE } from '@/lib/time';
import { words } from '@/words';

/** Where events are in time, pure: `now` is always given. */

export type Moment = 'upcoming' | 'live' | 'ended';

/** The state at `now`. An end that was announced counts, even if the schedule says later. */
export function momentOf(event: LiveEvent, now: number): Moment {
  if (event.state === 'ended' || now >= Date.parse(event.ends_at)) return 'ended';
  return event.state === 'live' || now >= Date.parse(event.starts_at) ? 'live' : 'upcoming';
}

/** Who plays, else what it is: titles repeat the league, which is said beside them. */
export function headline(event: LiveEvent): string {
  if (event.teams.length === 2) return event.teams.join(words.events.versus);
  const [league, rest] = event.title.split(/\s*:\s+/, 2);
  return rest && league === event.league ? rest : event.title;
}

/** How much of a live event is over, 0 to 1. */
export function elapsed(event: LiveEvent, now: number): number {
  const start = Date.parse(event.starts_at);
  const length = Date.parse(event.ends_at) - start;
  return length <= 0 ? 0 : Math.min(1, Math.max(0, (now - start) / length));
}

/** What the front page shows: everything live, the newest start first, then what starts soon. Nothing, if nothing is live. */
export function liveAndNext(events: readonly LiveEvent[], now: number, next = 6): LiveEvent[] {
  const live = events
    .filter((event) => momentOf(event, now) === 'live')
    .sort(byStart)
    .reverse();
  if (live.length === 0) return [];
  const soon = events
    .filter((event) => momentOf(event, now) === 'upcoming' && Date.parse(event.starts_at) - now < 3 * HOUR)
    .sort(byStart)
    .slice(0, next);
  return [...live, ...soon];
}

/** Channel id -> headline of what is live there. */
export function liveByChannel(events: readonly LiveEvent[], now: number): Map<string, string> {
  const titles = new Map<string, string>();
  for (const event of events) {
    if (momentOf(event, now) !== 'live') continue;
    for (const channel of event.channels) if (channel.id !== null) titles.set(channel.id, headline(event));
  }
  return titles;
}

export interface Day {
  key: string;
  name: string;
  categories: { name: string; events: LiveEvent[] }[];
}

export interface Agenda {
  live: LiveEvent[];
  days: Day[];
}

export type When = 'all' | 'live' | 'today' | 'tomorrow' | 'mine';

export interface Filter {
  category: string;
  text: string;
  when?: When;
  /** The events with a reminder: what `mine` shows. */
  reminders?: readonly string[];
}

/** The schedule: what is live, then what comes, by local day, category and time. What ended is left out. */
export function agendaOf(events: readonly LiveEvent[], filter: Filter, now: number): Agenda {
  const live: LiveEvent[] = [];
  const days = new Map<string, Map<string, LiveEvent[]>>();
  for (const event of [...events].sort(byStart)) {
    const moment = momentOf(event, now);
    if (moment === 'ended' || !fits(event, filter) || !isWhen(event, moment, filter, now)) continue;
    if (moment === 'live') live.push(event);
    else
      within(
        within(days, dayKey(event.starts_at), () => new Map()),
        event.category,
        () => [],
      ).push(event);
  }
  return {
    live,
    days: [...days].map(([key, categories]) => ({
      key,
      name: dayName(`${key}T12:00:00`, now),
      categories: [...categories].map(([name, inCategory]) => ({ name, events: inCategory })),
    })),
  };
}

function isWhen(event: LiveEvent, moment: Moment, { when = 'all', reminders = [] }: Filter, now: number) {
  switch (when) {
    case 'all':
      return true;
    case 'live':
      return moment === 'live';
    case 'today':
    case 'tomorrow': {
      const noon = new Date(now).setHours(12, 0, 0, 0);
      return dayKey(event.starts_at) === dayKey(when === 'today' ? now : noon + DAY);
    }
    case 'mine':
      return reminders.includes(event.id);
  }
}

/** Whether every word of the text is somewhere in the event; accents and case don't count. */
export function fits(event: LiveEvent, { category, text }: Filter): boolean {
  if (category !== '' && event.category !== category) return false;
  const asked = plain(text).split(/\s+/).filter(Boolean);
  if (asked.length === 0) return true;
  const said = plain(
    [
      event.title,
      event.category,
      event.league,
      ...event.teams,
      ...event.channels.map(({ name }) => name),
    ].join(' '),
  );
  return asked.every((word) => said.includes(word));
}

/** A start that is near is counted down by the second, a far one by the minute. */
export function countdownPaceMs(untilStartMs: number): number {
  return untilStartMs < 2 * MINUTE ? 1_000 : 30_000;
}

function byStart(one: LiveEvent, other: LiveEvent): number {
  return Date.parse(one.starts_at) - Date.parse(other.starts_at) || one.title.localeCompare(other.title);
}

function within<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh = make();
  map.set(key, fresh);
  return fresh;
}
