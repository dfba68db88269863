import type { LiveEvent } from '@/lib/api';
import { headline } from './moments';

/** An event as iCalendar (RFC 5545), pure: any calendar opens it. */
export function calendarOf(event: LiveEvent, origin: string, now: number): string {
  const channel = event.channels.find(({ id }) => id !== null);
  const page = channel?.id ? `${origin}/watch/${encodeURIComponent(channel.id)}` : `${origin}/schedule`;
  const about = [event.league ?? event.category, ...event.channels.map(({ name }) => name)].join('\n');
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//StepDaddyLiveHD//EN',
    'BEGIN:VEVENT',
    `UID:${event.id}@stepdaddylivehd`,
    `DTSTAMP:${stamp(now)}`,
    `DTSTART:${stamp(Date.parse(event.starts_at))}`,
    `DTEND:${stamp(Date.parse(event.ends_at))}`,
    `SUMMARY:${escaped(headline(event))}`,
    `DESCRIPTION:${escaped(about)}`,
    `URL:${page}`,
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${escaped(headline(event))}`,
    'TRIGGER:-PT5M',
    'END:VALARM',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]
    .map(folded)
    .join('\r\n');
}

function stamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** 3.3.11: what separates is escaped, line breaks are written out. */
function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');
}

/** 3.1: no line is longer than 75 octets. Folded by characters of at most four, never inside one. */
function folded(line: string): string {
  const encoder = new TextEncoder();
  let out = '';
  let octets = 0;
  for (const character of line) {
    const size = encoder.encode(character).length;
    if (octets + size > 75) {
      out += '\r\n ';
      octets = 1;
    }
    out += character;
    octets += size;
  }
  return out;
}
