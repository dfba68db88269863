import type { RefObject } from 'react';
import { Icon } from '@/components/Icon';
import { words } from '@/words';
import controls from './Controls.module.css';
import { sound } from './sound';
import type { VideoFacts } from './useVideo';
import styles from './Volume.module.css';

interface VolumeProps {
  video: RefObject<HTMLVideoElement | null>;
  facts: VideoFacts;
  onUnmute: () => void;
}

/** Loudness: kept on this device. Phones have buttons for it, so there the slider is left out. */
export function Volume({ video, facts, onUnmute }: VolumeProps) {
  const toggle = () => {
    const element = video.current;
    if (!element) return;
    if (facts.muted) onUnmute();
    else element.muted = true;
    sound.set({ volume: element.volume, muted: element.muted });
  };
  const change = (volume: number) => {
    const element = video.current;
    if (!element) return;
    element.volume = volume;
    if (volume > 0 && element.muted) onUnmute();
    element.volume = volume;
    sound.set({ volume, muted: volume === 0 });
  };
  const label = facts.muted ? words.watch.unmute : words.watch.mute;
  return (
    <div className={styles.volume}>
      <button type="button" className={controls.button} aria-label={label} title={label} onClick={toggle}>
        <Icon name={facts.muted ? 'muted' : 'sound'} />
      </button>
      <input
        type="range"
        className={styles.slider}
        aria-label={words.watch.volume}
        min={0}
        max={1}
        step={0.05}
        value={facts.muted ? 0 : facts.volume}
        onChange={(event) => change(Number(event.target.value))}
      />
    </div>
  );
}
