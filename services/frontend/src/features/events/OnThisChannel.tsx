import type { LiveEvent } from '@/lib/api';
import { clock, dayName, useNow } from '@/lib/time';
import { words } from '@/words';
import { Countdown } from './Countdown';
import { headline, momentOf } from './moments';
import styles from './OnThisChannel.module.css';

const SHOWN = 4;

/** What is live on a channel and what comes next there. Nothing at all, where nothing is known. */
export function OnThisChannel({ channelId, events }: { channelId: string; events: readonly LiveEvent[] }) {
  const now = useNow(30_000);
  const here = events
    .filter((event) => event.channels.some(({ id }) => id === channelId) && momentOf(event, now) !== 'ended')
    .sort((one, other) => Date.parse(one.starts_at) - Date.parse(other.starts_at))
    .slice(0, SHOWN);
  if (here.length === 0) return null;
  return (
    <section aria-label={words.events.onThisChannel} className={styles.here}>
      <h2 className={styles.heading}>{words.events.here}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: on a phone it scrolls, and keys have to reach that */}
      <ul className={styles.list} tabIndex={0}>
        {here.map((event) => {
          const live = momentOf(event, now) === 'live';
          return (
            <li key={event.id} className={styles.event} data-live={live}>
              <span className={styles.when}>
                {live ? words.events.live : `${dayName(event.starts_at, now)}, ${clock(event.starts_at)}`}
              </span>
              <span className={styles.title}>{headline(event)}</span>
              <span className={styles.detail}>
                {event.league ?? event.category} · <Countdown event={event} />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
