import type { CSSProperties, RefObject } from 'react';
import { TIMELINE_FROM_S } from '@/config';
import { duration } from '@/lib/time';
import { words } from '@/words';
import styles from './Timeline.module.css';
import { seekTo, useLiveWindow } from './useLiveWindow';

/** Where the picture is in what can be rewound. Absent where a stream keeps next to nothing. */
export function Timeline({ video }: { video: RefObject<HTMLVideoElement | null> }) {
  const { from, edge, at } = useLiveWindow(video);
  const length = edge - from;
  if (length < TIMELINE_FROM_S) return null;
  const behind = Math.max(0, edge - at);
  const part = Math.min(1, Math.max(0, (at - from) / length));
  return (
    <input
      type="range"
      className={styles.timeline}
      aria-label={words.watch.timeline}
      aria-valuetext={`−${duration(behind * 1_000)}`}
      title={`−${duration(behind * 1_000)}`}
      min={0}
      max={Math.round(length)}
      step={1}
      value={Math.round(part * length)}
      style={{ '--part': `${part * 100}%` } as CSSProperties}
      onChange={(event) => video.current && seekTo(video.current, from + Number(event.target.value))}
    />
  );
}
