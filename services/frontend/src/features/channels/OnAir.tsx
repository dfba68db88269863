import type { Programme } from '@/lib/api';
import { clock, duration, useNow } from '@/lib/time';
import { words } from '@/words';
import styles from './OnAir.module.css';
import { partOver } from './OnAirLine';
import { useOnAir } from './programmes';

/** What the guide says of a channel: this programme, how far it is, and the next. Nothing where it says nothing. */
export function OnAir({ channelId }: { channelId: string }) {
  const on = useOnAir(channelId);
  const now = useNow(30_000);
  const current = on?.now && Date.parse(on.now.stop) > now ? on.now : null;
  if (!current && !on?.next) return null;
  return (
    <section className={styles.on} aria-label={words.watch.guide}>
      {current && (
        <div>
          <p className={styles.label}>
            <b>{words.channels.now}</b>
            {clock(current.start)} – {clock(current.stop)}
            <span>{words.watch.minutesLeft(duration(Date.parse(current.stop) - now))}</span>
          </p>
          <h2 className={styles.title}>{current.title}</h2>
          <div className={styles.bar} aria-hidden="true">
            <i style={{ transform: `scaleX(${partOver(current, now)})` }} />
          </div>
          <p className={styles.text}>{about(current)}</p>
        </div>
      )}
      {on?.next && (
        <div>
          <p className={styles.label}>
            <b>{words.channels.next}</b>
            {clock(on.next.start)}
          </p>
          <h2 className={styles.title}>{on.next.title}</h2>
          <p className={styles.text}>{about(on.next)}</p>
        </div>
      )}
    </section>
  );
}

function about({ subtitle, description }: Programme): string {
  return [subtitle, description].filter(Boolean).join('. ');
}
