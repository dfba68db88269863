import { useReducer, useRef } from 'react';
import { ChannelArt } from '@/components/ChannelArt';
import type { Channel } from '@/lib/api';
import { words } from '@/words';
import { playable, vlcLink } from './address';
import { Controls } from './Controls';
import { noticeOf } from './notice';
import styles from './Player.module.css';
import { PlayerNoticeCard } from './PlayerNoticeCard';
import { Stats } from './Stats';
import { useIdle } from './useIdle';
import { useMediaSession } from './useMediaSession';
import { usePlayback } from './usePlayback';
import { usePlayerKeys } from './usePlayerKeys';
import { useVideo } from './useVideo';
import { useWakeLock } from './useWakeLock';

interface PlayerProps {
  channel: Channel;
  /** Change over; undefined where there is no other channel. */
  onNext?: (() => void) | undefined;
  onPrevious?: (() => void) | undefined;
  theatre?: boolean;
  onTheatre?: (() => void) | undefined;
  /** A small picture in the corner: without controls of its own, and deaf to keys. */
  mini?: boolean;
}

/** The picture, what is said over it, and its controls. It stays mounted from one channel to the next. */
export function Player(props: PlayerProps) {
  const { channel, onNext, onPrevious, theatre = false, onTheatre, mini = false } = props;
  const [stats, toggleStats] = useReducer((shown: boolean) => !shown, false);
  const frame = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const facts = useVideo(video);
  const player = usePlayback(video, channel.id, playable(channel));
  const notice = noticeOf(player.state);
  const idle = useIdle(frame, !facts.paused && player.state.kind === 'playing');
  const covered = player.state.kind === 'tuning' || channel.radio || !facts.picture;
  usePlayerKeys({ frame, video, onNext, onPrevious, onTheatre, onStats: toggleStats, enabled: !mini });
  useMediaSession(channel, { video, paused: facts.paused, onNext, onPrevious });
  useWakeLock(!facts.paused && player.state.kind === 'playing');

  return (
    // biome-ignore lint/a11y/useSemanticElements: a section would be a landmark inside the page's main one.
    <div
      ref={frame}
      className={styles.player}
      data-theme="dark"
      data-state={player.state.kind}
      data-idle={idle}
      data-testid="player"
      role="group"
      aria-label={words.watch.player(channel.name)}
    >
      {/* biome-ignore lint/a11y/useMediaCaption: live channels bring their own captions, inside the stream. */}
      <video ref={video} className={styles.video} data-testid="video" playsInline />
      {covered && (
        <div className={styles.cover} data-busy={player.state.kind === 'tuning'}>
          <span className={styles.art}>
            <ChannelArt name={channel.name} logo={channel.logo} eager />
          </span>
          <span className={styles.tuning}>{player.state.kind === 'tuning' && words.watch.tuning}</span>
        </div>
      )}
      {facts.waiting && player.state.kind === 'playing' && (
        <span className={styles.spinner} aria-hidden="true" />
      )}
      {stats && !mini && <Stats video={video} channel={channel} tracks={player.tracks} />}
      {notice && !mini && (
        <PlayerNoticeCard
          notice={notice}
          onAgain={player.again}
          onNext={onNext}
          elsewhere={vlcLink(channel, location.origin, navigator.userAgent)}
        />
      )}
      {player.withheld !== 'nothing' && !notice && !mini && (
        <button type="button" className={styles.unsilence} onClick={player.unsilence}>
          {player.withheld === 'sound' ? words.watch.tapForSound : words.watch.tapToPlay}
        </button>
      )}
      {!mini && (
        <Controls
          frame={frame}
          video={video}
          facts={facts}
          player={player}
          onNext={onNext}
          onPrevious={onPrevious}
          theatre={theatre}
          onTheatre={onTheatre}
          stats={stats}
          onStats={toggleStats}
        />
      )}
    </div>
  );
}
