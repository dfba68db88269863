import type { Channel, Programme } from '@/lib/api';
import { clock, useNow } from '@/lib/time';
import { words } from '@/words';
import styles from './OnAirLine.module.css';
import { useOnAir } from './programmes';

interface OnAirLineProps {
  channel: Channel;
  /** The event that is live here: it is what is on, whatever the guide says. */
  live?: string | undefined;
}

/** What is on a channel, how far it is, and what follows. Its height is the same whatever is known. */
export function OnAirLine({ channel, live }: OnAirLineProps) {
  const on = useOnAir(channel.id);
  const now = useNow(30_000);
  const current = on?.now && Date.parse(on.now.stop) > now ? on.now : null;
  const title = live ?? current?.title ?? (channel.group || (channel.radio ? words.channels.radio : ''));
  return (
    <span className={styles.line}>
      <span className={styles.title} data-live={live !== undefined}>
        {live && <span className="visually-hidden">{words.channels.live} </span>}
        {title}
      </span>
      <span className={styles.bar} data-empty={!current} data-live={live !== undefined} aria-hidden="true">
        <i style={{ transform: `scaleX(${current ? partOver(current, now) : 0})` }} />
      </span>
      <span className={styles.next}>{on?.next ? `${clock(on.next.start)}  ${on.next.title}` : null}</span>
    </span>
  );
}

/** How much of a programme is over, 0 to 1. */
export function partOver({ start, stop }: Pick<Programme, 'start' | 'stop'>, now: number): number {
  const from = Date.parse(start);
  const length = Date.parse(stop) - from;
  return length > 0 ? Math.min(1, Math.max(0, (now - from) / length)) : 0;
}
