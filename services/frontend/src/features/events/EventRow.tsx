import { memo } from 'react';
import { Link } from 'wouter';
import { StatusDot } from '@/components/StatusDot';
import type { LiveEvent } from '@/lib/api';
import { clock } from '@/lib/time';
import { words } from '@/words';
import { Countdown } from './Countdown';
import { EventActions } from './EventActions';
import styles from './EventRow.module.css';
import { headline } from './moments';

const SHOWN = 6;

interface EventRowProps {
  event: LiveEvent;
  live: boolean;
  /** In the live section categories are not headings, so the row names its own. */
  withCategory?: boolean;
}

/** One event of the schedule: when, who, and where to watch it. */
export const EventRow = memo(function EventRow({ event, live, withCategory = false }: EventRowProps) {
  const more = event.channels.length - SHOWN;
  // Right below the day's heading, or below a category's.
  const Title = withCategory ? 'h3' : 'h4';
  const about = [withCategory && event.category, event.league].filter(Boolean).join(' · ');
  return (
    <li className={styles.row} data-live={live} data-testid="event">
      <div className={styles.when}>
        <time className={styles.clock} dateTime={event.starts_at}>
          {clock(event.starts_at)}
        </time>
        <span className={styles.countdown}>
          <Countdown event={event} />
        </span>
      </div>
      <div className={styles.what}>
        <Title className={styles.title}>{headline(event)}</Title>
        {about && <p className={styles.about}>{about}</p>}
      </div>
      <ul className={styles.channels} aria-label={words.events.channels}>
        {event.channels.slice(0, SHOWN).map((channel) => (
          <li key={channel.id ?? channel.name}>
            {channel.id === null ? (
              <span className={styles.absent} title={words.events.absent}>
                {channel.name}
              </span>
            ) : (
              <Link className={styles.channel ?? ''} href={`/watch/${encodeURIComponent(channel.id)}`}>
                <StatusDot channelId={channel.id} />
                {channel.name}
              </Link>
            )}
          </li>
        ))}
        {more > 0 && <li className={styles.absent}>{words.events.andMore(more)}</li>}
      </ul>
      {live ? <span /> : <EventActions event={event} />}
    </li>
  );
});
