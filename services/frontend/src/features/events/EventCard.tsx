import { Link } from 'wouter';
import { ChannelArt } from '@/components/ChannelArt';
import type { Channel, LiveEvent } from '@/lib/api';
import { clock, useNow } from '@/lib/time';
import { words } from '@/words';
import { Countdown } from './Countdown';
import styles from './EventCard.module.css';
import { elapsed, momentOf } from './moments';

interface EventCardProps {
  event: LiveEvent;
  /** The channel that the card opens, as the list knows it. */
  channel: Channel | undefined;
}

/** An event as a ticket: who plays in large letters, and the channel that shows it. */
export function EventCard({ event, channel }: EventCardProps) {
  const now = useNow(30_000);
  const live = momentOf(event, now) === 'live';
  const lines = event.teams.length === 2 ? event.teams : [event.title];
  const body = (
    <>
      <span className={styles.top}>
        <span className={live ? styles.live : styles.time}>
          {live ? words.events.live : clock(event.starts_at)}
        </span>
        <span className={styles.when}>
          <Countdown event={event} />
        </span>
        {channel && (
          <span className={styles.art}>
            <ChannelArt name={channel.name} logo={channel.logo} />
          </span>
        )}
      </span>
      <span className={styles.title}>
        {lines.map((line, index) => (
          <span key={line} className={lines.length === 2 ? styles.team : styles.whole}>
            {index === 1 && <span className="visually-hidden"> against </span>}
            {line}
          </span>
        ))}
      </span>
      <span className={styles.detail}>
        {[event.league ?? event.category, channel?.name].filter(Boolean).join(' · ')}
      </span>
      {live && <span className={styles.progress} style={{ transform: `scaleX(${elapsed(event, now)})` }} />}
    </>
  );
  return channel ? (
    <Link className={styles.card ?? ''} href={`/watch/${encodeURIComponent(channel.id)}`} data-live={live}>
      {body}
    </Link>
  ) : (
    <div className={styles.card} data-live={live}>
      {body}
    </div>
  );
}
