import { useSyncExternalStore } from 'react';
import { words } from '@/words';

/** Times as people say them, in the viewer's own zone. Pure but for the hook at the end. */

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** "45 s", "12 min", "2 h 05 min", "3 days": as exact as is useful at that distance. */
export function duration(ms: number): string {
  if (ms < MINUTE) return words.time.seconds(Math.max(0, Math.ceil(ms / SECOND)));
  if (ms < HOUR) return words.time.minutes(Math.floor(ms / MINUTE));
  if (ms < DAY) {
    return words.time.hours(Math.floor(ms / HOUR), Math.floor((ms % HOUR) / MINUTE));
  }
  return words.time.days(Math.floor(ms / DAY));
}

// Made when they are first needed, as all that knows languages: naming.ts says why.
let clockFormat: Intl.DateTimeFormat | undefined;
let dayFormat: Intl.DateTimeFormat | undefined;

export function clock(time: string | number): string {
  clockFormat ??= new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
  return clockFormat.format(new Date(time));
}

/** The local day as a sortable key: 2026-07-14. */
export function dayKey(time: string | number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** "Today", "Tomorrow", "Yesterday", else the weekday and date. */
export function dayName(time: string | number, now: number): string {
  const day = dayKey(time);
  if (day === dayKey(now)) return words.time.today;
  // Twelve hours around noon, so that a day of 23 or 25 hours is still one day.
  const noon = new Date(now).setHours(12, 0, 0, 0);
  if (day === dayKey(noon + DAY)) return words.time.tomorrow;
  if (day === dayKey(noon - DAY)) return words.time.yesterday;
  dayFormat ??= new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
  return dayFormat.format(new Date(time));
}

/** "Europe/London, BST": whose time it is that we show. */
export function zoneName(now: number): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const parts = new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' }).formatToParts(new Date(now));
  const short = parts.find((part) => part.type === 'timeZoneName')?.value;
  const place = zone?.replaceAll('_', ' ');
  if (!place) return short ?? words.time.local;
  return short && short !== place ? `${place}, ${short}` : place;
}

const clocks = new Map<number, { listeners: Set<() => void>; timer: number; now: number }>();

function clockOf(everyMs: number) {
  const known = clocks.get(everyMs);
  if (known) return known;
  const fresh = { listeners: new Set<() => void>(), timer: 0, now: Date.now() };
  clocks.set(everyMs, fresh);
  return fresh;
}

/** The time, renewed every `everyMs`. All components of one pace share one timer. */
export function useNow(everyMs: number): number {
  return useSyncExternalStore(subscribers(everyMs), () => clockOf(everyMs).now);
}

const subscriberOf = new Map<number, (listener: () => void) => () => void>();

function subscribers(everyMs: number): (listener: () => void) => () => void {
  const known = subscriberOf.get(everyMs);
  if (known) return known;
  const subscribe = (listener: () => void) => {
    const ticking = clockOf(everyMs);
    if (ticking.listeners.size === 0) {
      ticking.now = Date.now();
      ticking.timer = window.setInterval(() => {
        ticking.now = Date.now();
        for (const each of ticking.listeners) each();
      }, everyMs);
    }
    ticking.listeners.add(listener);
    return () => {
      ticking.listeners.delete(listener);
      if (ticking.listeners.size === 0) window.clearInterval(ticking.timer);
    };
  };
  subscriberOf.set(everyMs, subscribe);
  return subscribe;
}
