import { type RefObject, useEffect, useState } from 'react';
import type { Channel } from '@/lib/api';
import { useChannelStatus } from '@/lib/useRealtime';
import { words } from '@/words';
import styles from './Stats.module.css';
import type { Tracks } from './tracks';
import { liveEdge } from './useVideo';

interface StatsProps {
  video: RefObject<HTMLVideoElement | null>;
  channel: Channel;
  tracks: Tracks;
}

/** The numbers behind the picture, once a second, for whoever wonders why it stutters. */
export function Stats({ video, channel, tracks }: StatsProps) {
  const [, tick] = useState(0);
  const latency = useChannelStatus(channel.id)?.latency_ms;
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, []);

  const element = video.current;
  if (!element) return null;
  const quality = element.getVideoPlaybackQuality?.();
  const showing = tracks.qualities.find(({ id }) => id === tracks.showing)?.label;
  const rows: [string, string | undefined | false][] = [
    [words.stats.picture, element.videoWidth > 0 && `${element.videoWidth} × ${element.videoHeight}`],
    [words.stats.quality, showing],
    [words.stats.kind, channel.kind.toUpperCase()],
    [words.stats.buffer, `${bufferedAhead(element).toFixed(1)} s`],
    [words.stats.behind, `${Math.max(0, liveEdge(element) - element.currentTime).toFixed(1)} s`],
    [words.stats.dropped, quality && `${quality.droppedVideoFrames} / ${quality.totalVideoFrames}`],
    [words.stats.route, typeof latency === 'number' && words.channels.latency(latency)],
  ];
  return (
    <dl className={styles.stats} aria-label={words.stats.title} data-testid="stats">
      {rows.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** Seconds that would still be shown if nothing more came. */
export function bufferedAhead({ buffered, currentTime }: HTMLVideoElement): number {
  for (let range = 0; range < buffered.length; range += 1) {
    if (buffered.start(range) <= currentTime && currentTime <= buffered.end(range)) {
      return buffered.end(range) - currentTime;
    }
  }
  return 0;
}
