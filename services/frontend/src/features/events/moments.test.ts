import { anEvent } from '@tests/records';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '@/lib/time';
import { agendaOf, elapsed, fits, headline, liveAndNext, liveByChannel, momentOf } from './moments';

const now = Date.parse('2026-07-14T18:00:00Z');
const at = (offset: number) => new Date(now + offset).toISOString();
const upcoming = (id: string, inMs: number, category = 'Tennis') =>
  anEvent(now, { id, category, state: 'upcoming', starts_at: at(inMs), ends_at: at(inMs + HOUR) });
const everything = { category: '', text: '' };

describe('momentOf', () => {
  it('follows the clock where the list is older than the event', () => {
    const event = anEvent(now, { state: 'upcoming' });
    expect(momentOf(event, now)).toBe('live');
    expect(momentOf(event, now - HOUR)).toBe('upcoming');
    expect(momentOf(event, now + 3 * HOUR)).toBe('ended');
  });

  it('believes an end that was announced early', () => {
    expect(momentOf(anEvent(now, { state: 'ended' }), now)).toBe('ended');
  });
});

it('tells how much of an event is over', () => {
  expect(elapsed(anEvent(now), now + 50 * MINUTE)).toBeCloseTo(0.5);
  expect(elapsed(anEvent(now), now + 9 * HOUR)).toBe(1);
});

it('shows nothing on the front page while nothing is live', () => {
  expect(liveAndNext([upcoming('next', MINUTE)], now)).toEqual([]);
});

it('shows live events first, then those that start within hours', () => {
  const strip = liveAndNext([upcoming('late', 5 * HOUR), upcoming('next', HOUR), anEvent(now)], now);
  expect(strip.map(({ id }) => id)).toEqual(['ev-1', 'next']);
});

it('names what is live on a channel, and only that', () => {
  const events = [anEvent(now), upcoming('next', HOUR)];
  expect([...liveByChannel(events, now)]).toEqual([['ch-1', 'Rovers vs Athletic']]);
});

it('orders the schedule by live, day, category and time, without what has ended', () => {
  const agenda = agendaOf(
    [
      upcoming('tomorrow', 26 * HOUR),
      upcoming('second', 2 * HOUR, 'Boxing'),
      upcoming('first', HOUR),
      anEvent(now),
      anEvent(now, { id: 'over', state: 'ended' }),
    ],
    everything,
    now,
  );
  expect(agenda.live.map(({ id }) => id)).toEqual(['ev-1']);
  expect(agenda.days.map(({ name }) => name)).toEqual(['Today', 'Tomorrow']);
  expect(agenda.days[0]?.categories.map(({ name }) => name)).toEqual(['Tennis', 'Boxing']);
});

it.each([
  ['rovers premier', true],
  ['ATHLETIC', true],
  ['northlight', true],
  ['rovers tennis', false],
])('finds %s: %s', (text, found) => {
  expect(fits(anEvent(now), { category: '', text })).toBe(found);
});

it('finds names without their accents', () => {
  expect(fits(anEvent(now, { title: 'Atlético vs Málaga' }), { category: '', text: 'atletico malaga' })).toBe(
    true,
  );
});

it.each([
  ['Velocity Grand Prix : Practice', 'Velocity Grand Prix', 'Practice'],
  ['Tonight : Quiz Harbour', 'Tonight Show', 'Tonight : Quiz Harbour'],
  ['Regatta', null, 'Regatta'],
])('calls %s of %s %s: the league is said beside it', (title, league, said) => {
  expect(headline(anEvent(now, { title, league, teams: [] }))).toBe(said);
});
