import { useCallback } from 'react';
import type { LiveEvent } from '@/lib/api';
import { kept, useKept } from '@/lib/storage';

/** The events that somebody wants to be told of, on this device. */
const isIds = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');
const store = kept<readonly string[]>('reminders', [], isIds);

export function useReminderIds(): readonly string[] {
  return useKept(store);
}

export function useReminder(id: string): [boolean, () => void] {
  const isSet = useReminderIds().includes(id);
  return [isSet, useCallback(() => toggle(id), [id])];
}

export function setReminders(ids: readonly string[]): void {
  store.set(ids);
}

function toggle(id: string): void {
  const ids = store.get();
  store.set(ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id]);
}

/** Of the reminders that are set, those whose event has started; they are taken off the list. */
export function takeDue(events: readonly LiveEvent[], now: number): LiveEvent[] {
  const ids = store.get();
  if (ids.length === 0) return [];
  const due = events.filter((event) => ids.includes(event.id) && hasStarted(event, now));
  if (due.length > 0) store.set(ids.filter((id) => !due.some((event) => event.id === id)));
  return due.filter((event) => Date.parse(event.ends_at) > now);
}

function hasStarted(event: LiveEvent, now: number): boolean {
  return event.state !== 'upcoming' || Date.parse(event.starts_at) <= now;
}
