import { type ReactNode, useEffect, useRef, useState } from 'react';
import { ChannelArt } from '@/components/ChannelArt';
import type { Channel } from '@/lib/api';
import { words } from '@/words';
import { playable } from './address';
import { noticeOf } from './notice';
import styles from './SmallPlayer.module.css';
import { sound } from './sound';
import { usePlayback } from './usePlayback';

interface SmallPlayerProps {
  channel: Channel;
  /** Whether this is the one that is heard. */
  loud: boolean;
  onChoose: () => void;
  /** What can be done with it, over the picture. */
  children?: ReactNode;
}

/**
 * One picture of several: no controls but to be chosen for its sound. Its engine takes the rendition that fits
 * the tile, so that four cost about as much as one.
 */
export function SmallPlayer({ channel, loud, onChoose, children }: SmallPlayerProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [picture, setPicture] = useState(false);
  const player = usePlayback(video, channel.id, playable(channel), !loud);
  const notice = noticeOf(player.state);

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.muted = !loud;
    element.volume = sound.get().volume || 1;
  }, [loud]);

  return (
    <div
      className={styles.tile}
      data-theme="dark"
      data-loud={loud}
      data-state={player.state.kind}
      data-testid="small-player"
    >
      <video
        ref={video}
        className={styles.video}
        playsInline
        muted
        onLoadedData={() => setPicture(true)}
        onEmptied={() => setPicture(false)}
      />
      {!picture && (
        <span className={styles.cover}>
          <span className={styles.art}>
            <ChannelArt name={channel.name} logo={channel.logo} eager />
          </span>
        </span>
      )}
      <button
        type="button"
        className={styles.choose}
        aria-pressed={loud}
        aria-label={words.several.listen(channel.name)}
        onClick={() => {
          onChoose();
          // What the browser started without sound may have it now.
          player.unsilence();
        }}
      />
      {notice && (
        <p className={styles.notice} role="status">
          {notice.what}
          {notice.stopped && (
            <button type="button" onClick={player.again}>
              {words.watch.again}
            </button>
          )}
        </p>
      )}
      <div className={styles.foot}>
        <span className={styles.name}>
          {channel.number} {channel.name}
        </span>
        {children}
      </div>
    </div>
  );
}
