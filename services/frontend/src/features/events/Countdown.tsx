import type { LiveEvent } from '@/lib/api';
import { duration, useNow } from '@/lib/time';
import { words } from '@/words';
import { countdownPaceMs, momentOf } from './moments';

/** "in 12 min", "since 40 min", "starting": where an event is, ticking only as fast as needed. */
export function Countdown({ event }: { event: LiveEvent }) {
  const start = Date.parse(event.starts_at);
  const pace = countdownPaceMs(start - Date.now());
  const now = useNow(pace);
  const moment = momentOf(event, now);
  if (moment === 'ended') return <>{words.events.ended}</>;
  if (moment === 'live')
    return <>{now > start ? words.events.since(duration(now - start)) : words.events.justStarted}</>;
  return <>{words.events.startsIn(duration(start - now))}</>;
}
