import { PING_LOST_MS } from '@/lib/realtime';
import { useLink, useRoundTripMs } from '@/lib/useRealtime';
import { words } from '@/words';
import styles from './LinkQuality.module.css';

const BARS = [1, 2, 3];
const GOOD_MS = 150;
const FAIR_MS = 600;

interface Quality {
  bars: number;
  text: string;
}

/** How the connection to the gateway is, by its last ping: bars, and the figure for whoever points at them. */
export function LinkQuality() {
  const quality = judge(useLink() === 'up', useRoundTripMs());
  return (
    <span
      role="img"
      className={styles.bars}
      data-bars={quality.bars}
      aria-label={quality.text}
      title={quality.text}
    >
      {BARS.map((bar) => (
        <i key={bar} data-lit={bar <= quality.bars} />
      ))}
    </span>
  );
}

export function judge(up: boolean, tookMs: number | undefined): Quality {
  if (!up) return { bars: 0, text: words.link.updates(words.link.none) };
  if (tookMs === undefined) return { bars: 3, text: words.link.updates(words.link.up) };
  if (tookMs >= PING_LOST_MS) return { bars: 1, text: words.link.updates(words.link.lost) };
  const bars = tookMs <= GOOD_MS ? 3 : tookMs <= FAIR_MS ? 2 : 1;
  return { bars, text: words.link.updates(`${words.link.speeds[bars - 1]}, ${tookMs} ms`) };
}
