import { anEvent } from '@tests/records';
import { expect, it } from 'vitest';
import { calendarOf } from './calendar';
import { setReminders, takeDue } from './reminders';

const now = Date.parse('2026-07-14T12:00:00Z');

it('writes an event that a calendar reads', () => {
  const text = calendarOf(anEvent(now), 'http://tv.lan', now);
  expect(text).toContain('DTSTART:20260714T115000Z\r\n');
  expect(text).toContain('DTEND:20260714T135000Z\r\n');
  expect(text).toContain('SUMMARY:Rovers vs Athletic\r\n');
  expect(text).toContain('URL:http://tv.lan/watch/ch-1\r\n');
});

it('escapes what separates, and folds long lines without losing a letter', () => {
  const title = `Final; heat 1, ${'é'.repeat(80)}`;
  const text = calendarOf(anEvent(now, { title, teams: [] }), 'http://tv.lan', now);
  const longest = Math.max(...text.split('\r\n').map((line) => new TextEncoder().encode(line).length));
  expect(longest).toBeLessThanOrEqual(75);
  expect(text.replaceAll('\r\n ', '')).toContain(`SUMMARY:Final\\; heat 1\\, ${'é'.repeat(80)}`);
});

it('reminds once, of what has started and is not over', () => {
  setReminders(['ev-1', 'ev-2', 'ev-3']);
  const soon = { state: 'upcoming', starts_at: new Date(now + 60_000).toISOString() } as const;
  const over = { state: 'ended', ends_at: new Date(now - 60_000).toISOString() } as const;
  const events = [
    anEvent(now),
    anEvent(now, { id: 'ev-2', ...soon }),
    anEvent(now, { id: 'ev-3', ...over }),
    anEvent(now, { id: 'ev-4' }),
  ];
  expect(takeDue(events, now).map(({ id }) => id)).toEqual(['ev-1']);
  expect(takeDue(events, now)).toEqual([]);
  expect(JSON.parse(localStorage.getItem('reminders') ?? '')).toEqual(['ev-2']);
});
