import type { CSSProperties } from 'react';
import type { LiveEvent } from '@/lib/api';
import { words } from '@/words';
import styles from './Agenda.module.css';
import { EventRow } from './EventRow';
import type { Agenda as AgendaOf, Day } from './moments';

/** The schedule itself: what is live, then day after day. */
export function Agenda({ agenda }: { agenda: AgendaOf }) {
  return (
    <>
      {agenda.live.length > 0 && <LiveSection events={agenda.live} />}
      {agenda.days.map((day) => (
        <DaySection key={day.key} day={day} />
      ))}
    </>
  );
}

function LiveSection({ events }: { events: readonly LiveEvent[] }) {
  return (
    <section className={styles.day} aria-label={words.events.liveNow}>
      <h2 className={styles.live}>{words.events.liveNow}</h2>
      <ul>
        {events.map((event) => (
          <EventRow key={event.id} event={event} live withCategory />
        ))}
      </ul>
    </section>
  );
}

function DaySection({ day }: { day: Day }) {
  return (
    <section className={styles.day} aria-label={day.name}>
      <h2 className={styles.name}>{day.name}</h2>
      {day.categories.map((category) => (
        <div
          key={category.name}
          className={styles.category}
          style={{ '--events': category.events.length } as CSSProperties}
        >
          <h3 className={styles.subject}>{category.name}</h3>
          <ul>
            {category.events.map((event) => (
              <EventRow key={event.id} event={event} live={false} />
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
