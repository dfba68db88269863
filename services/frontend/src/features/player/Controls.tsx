import type { RefObject } from 'react';
import { Icon, type IconName } from '@/components/Icon';
import styles from './Controls.module.css';
import { canPip, toggleFullscreen, togglePip } from './screen';
import { TracksMenu } from './TracksMenu';
import { useFullscreen } from './useFullscreen';
import type { Player } from './usePlayback';
import { goLive, type VideoFacts } from './useVideo';
import { Volume } from './Volume';

interface ControlsProps {
  frame: RefObject<HTMLElement | null>;
  video: RefObject<HTMLVideoElement | null>;
  facts: VideoFacts;
  player: Player;
  onNext?: (() => void) | undefined;
  onPrevious?: (() => void) | undefined;
}

/** One row over the picture's foot. It fades while nobody moves, and never while the keyboard is in it. */
export function Controls({ frame, video, facts, player, onNext, onPrevious }: ControlsProps) {
  const full = useFullscreen();
  const live = player.state.kind === 'playing' && !facts.behind && !facts.paused;
  const toggle = () => (facts.paused ? void video.current?.play().catch(() => {}) : video.current?.pause());

  return (
    <div className={styles.controls} data-testid="controls">
      <Button
        icon={facts.paused ? 'play' : 'pause'}
        label={facts.paused ? 'Play' : 'Pause'}
        filled={facts.paused}
        onClick={toggle}
      />
      {onPrevious && <Button icon="previous" label="Previous channel" filled onClick={onPrevious} />}
      {onNext && <Button icon="next" label="Next channel" filled onClick={onNext} />}
      <Volume video={video} facts={facts} onUnmute={player.unsilence} />
      <button
        type="button"
        className={styles.live}
        data-live={live}
        aria-label={live ? 'Live' : 'Go to live'}
        aria-disabled={live}
        onClick={() => !live && video.current && goLive(video.current)}
      >
        Live
      </button>
      <span className={styles.space} />
      <TracksMenu player={player} />
      {canPip(video.current) && (
        <Button
          icon="pip"
          label="Picture in picture"
          className={styles.wideOnly}
          onClick={() => video.current && togglePip(video.current)}
        />
      )}
      <Button
        icon={full ? 'leave' : 'fullscreen'}
        label={full ? 'Leave full screen' : 'Full screen'}
        onClick={() => frame.current && video.current && toggleFullscreen(frame.current, video.current)}
      />
    </div>
  );
}

interface ButtonProps {
  icon: IconName;
  label: string;
  filled?: boolean;
  className?: string | undefined;
  onClick: () => void;
}

function Button({ icon, label, filled = false, className = '', onClick }: ButtonProps) {
  return (
    <button
      type="button"
      className={`${styles.button} ${className}`}
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <Icon name={icon} filled={filled} />
    </button>
  );
}
