import { clock, DAY, dayKey, dayName, HOUR, MINUTE } from '@/lib/time';

/** The guide's axis of time, pure: from a little before now to a week from now, in half hours. */
export interface Axis {
  /** A full half hour; both are milliseconds. */
  from: number;
  to: number;
}

export const SLOT = 30 * MINUTE;
/** How much of what was on before is left in view when one jumps to a moment. */
export const BEFORE = 20 * MINUTE;
const BEHIND = 3 * HOUR;
const AHEAD = 7 * DAY;
const EVENING_H = 20;

export function axisAround(now: number): Axis {
  const from = Math.floor((now - BEHIND) / SLOT) * SLOT;
  return { from, to: from + BEHIND + AHEAD };
}

export function slotsOf({ from, to }: Axis): number {
  return Math.ceil((to - from) / SLOT);
}

/** Somewhere to jump to. */
export interface Leap {
  key: string;
  label: string;
  at: number;
}

const NOW = 'now';
const EVENING = 'evening';

/** Where one may jump to: now, tonight while it is still to come, and the same hour of the days that follow. */
export function leapsFrom(
  axis: Axis,
  now: number,
  left: number,
  say: { now: string; evening: string },
): Leap[] {
  const leaps: Leap[] = [{ key: NOW, label: say.now, at: now }];
  const evening = hourOf(now, EVENING_H);
  if (evening > now) leaps.push({ key: EVENING, label: say.evening, at: evening });
  const time = new Date(left + BEFORE);
  for (let days = 1; days <= 7; days += 1) {
    const day = new Date(now);
    day.setDate(day.getDate() + days);
    day.setHours(time.getHours(), time.getMinutes(), 0, 0);
    const at = Math.min(day.getTime(), axis.to - 2 * HOUR);
    if (dayKey(at) === dayKey(day.getTime())) leaps.push({ key: dayKey(at), label: shortDay(at, now), at });
  }
  return leaps;
}

/** Which of them the view is at, whose left edge shows `left`: in the evening's last hour, the nearer. */
export function leapAt(left: number, now: number): string {
  const at = left + BEFORE;
  if (dayKey(at) !== dayKey(now)) return dayKey(at);
  const evening = hourOf(now, EVENING_H);
  return evening > now && at >= evening - HOUR && at > (now + evening) / 2 ? EVENING : NOW;
}

/** "20:00 – 20:45", with the day where it is not today's. */
export function spanText(start: number, stop: number, now: number): string {
  const times = `${clock(start)} – ${clock(stop)}`;
  return dayKey(start) === dayKey(now) ? times : `${dayName(start, now)}, ${times}`;
}

function shortDay(at: number, now: number): string {
  const name = dayName(at, now);
  return name === 'Tomorrow' ? name : shortDayFormat.format(new Date(at));
}

const shortDayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric' });

function hourOf(now: number, hour: number): number {
  return new Date(now).setHours(hour, 0, 0, 0);
}
