import type { RefObject } from 'react';
import { Icon, type IconName } from '@/components/Icon';
import { words } from '@/words';
import styles from './Controls.module.css';
import { canPip, toggleFullscreen, togglePip } from './screen';
import { Timeline } from './Timeline';
import { TracksMenu } from './TracksMenu';
import { useFullscreen } from './useFullscreen';
import { seekBy } from './useLiveWindow';
import type { Player } from './usePlayback';
import { useRemote } from './useRemote';
import { goLive, type VideoFacts } from './useVideo';
import { Volume } from './Volume';

interface ControlsProps {
  frame: RefObject<HTMLElement | null>;
  video: RefObject<HTMLVideoElement | null>;
  facts: VideoFacts;
  player: Player;
  onNext?: (() => void) | undefined;
  onPrevious?: (() => void) | undefined;
  theatre: boolean;
  onTheatre?: (() => void) | undefined;
  stats: boolean;
  onStats: () => void;
}

/** One row over the picture's foot. It fades while nobody moves, and never while the keyboard is in it. */
export function Controls(props: ControlsProps) {
  const { frame, video, facts, player, onNext, onPrevious, theatre, onTheatre, stats, onStats } = props;
  const remote = useRemote(video);
  const full = useFullscreen();
  const live = player.state.kind === 'playing' && !facts.behind && !facts.paused;
  const toggle = () => (facts.paused ? void video.current?.play().catch(() => {}) : video.current?.pause());

  return (
    <div className={styles.controls} data-testid="controls">
      <Timeline video={video} live={live} />
      <Button
        icon={facts.paused ? 'play' : 'pause'}
        label={facts.paused ? words.watch.play : words.watch.pause}
        filled={facts.paused}
        onClick={toggle}
      />
      {onPrevious && (
        <Button icon="previous" label={words.watch.previousChannel} filled onClick={onPrevious} />
      )}
      {onNext && <Button icon="next" label={words.watch.nextChannel} filled onClick={onNext} />}
      <Volume video={video} facts={facts} onUnmute={player.unsilence} />
      <Button
        icon="back10"
        label={words.watch.back}
        className={styles.wideOnly}
        onClick={() => video.current && seekBy(video.current, -10)}
      />
      <button
        type="button"
        className={styles.live}
        data-live={live}
        aria-label={live ? words.watch.live : words.watch.goLive}
        aria-disabled={live}
        onClick={() => !live && video.current && goLive(video.current)}
      >
        {live ? words.watch.live : words.watch.goLive}
      </button>
      <span className={styles.space} />
      <Button
        icon="stats"
        label={words.watch.stats}
        className={styles.wideOnly}
        pressed={stats}
        onClick={onStats}
      />
      <TracksMenu player={player} />
      {remote && <Button icon="cast" label={words.watch.remote} onClick={remote} />}
      {canPip(video.current) && (
        <Button
          icon="pip"
          label={words.watch.pip}
          className={styles.wideOnly}
          onClick={() => video.current && togglePip(video.current)}
        />
      )}
      {onTheatre && !full && (
        <Button
          icon="theatre"
          label={theatre ? words.watch.leaveTheatre : words.watch.theatre}
          className={styles.theatre}
          onClick={onTheatre}
        />
      )}
      <Button
        icon={full ? 'leave' : 'fullscreen'}
        label={full ? words.watch.leaveFullscreen : words.watch.fullscreen}
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
  pressed?: boolean;
  onClick: () => void;
}

function Button({ icon, label, filled = false, className = '', pressed, onClick }: ButtonProps) {
  return (
    <button
      type="button"
      className={`${styles.button} ${className}`}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <Icon name={icon} filled={filled} />
    </button>
  );
}
