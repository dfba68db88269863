import type { Channel, LiveEvent } from '@/lib/api';
import { EventCard } from './EventCard';
import styles from './EventStrip.module.css';

interface EventStripProps {
  title: string;
  events: readonly LiveEvent[];
  channelById: ReadonlyMap<string, Channel>;
}

/** Events side by side. The strip scrolls sideways and never pushes the channels far down. */
export function EventStrip({ title, events, channelById }: EventStripProps) {
  return (
    <section className={styles.strip} aria-label={title}>
      <h2 className={styles.title}>{title}</h2>
      <ul className={styles.cards}>
        {events.map((event) => (
          <li key={event.id}>
            <EventCard event={event} channel={firstKnown(event, channelById)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function firstKnown(event: LiveEvent, channelById: ReadonlyMap<string, Channel>): Channel | undefined {
  for (const { id } of event.channels) {
    const channel = id === null ? undefined : channelById.get(id);
    if (channel) return channel;
  }
  return undefined;
}
