import type { CSSProperties, RefObject } from 'react';
import { TIMELINE_FROM_S } from '@/config';
import { duration } from '@/lib/time';
import { words } from '@/words';
import styles from './Timeline.module.css';
import { seekTo, useLiveWindow } from './useLiveWindow';

interface Props {
  video: RefObject<HTMLVideoElement | null>;
  live: boolean;
}

/**
 * Where the picture is in what can be rewound. Absent where a stream keeps next to nothing. Live is its end: the few
 * seconds that a player keeps from the newest are nothing that one could make good.
 */
export function Timeline({ video, live }: Props) {
  const { from, edge, at } = useLiveWindow(video);
  if (edge - from < TIMELINE_FROM_S) return null;
  const length = (live ? at : edge) - from;
  const behind = Math.max(0, edge - at);
  const part = Math.min(1, Math.max(0, (at - from) / length));
  const said = live ? words.watch.live : `−${duration(behind * 1_000)}`;
  return (
    <input
      type="range"
      className={styles.timeline}
      aria-label={words.watch.timeline}
      aria-valuetext={said}
      title={said}
      min={0}
      max={Math.round(length)}
      step={1}
      value={Math.round(part * length)}
      style={{ '--part': `${part * 100}%` } as CSSProperties}
      onChange={(event) => video.current && seekTo(video.current, from + Number(event.target.value))}
    />
  );
}
