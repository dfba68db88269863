import { useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { Link } from 'wouter';
import { Icon } from '@/components/Icon';
import { Player } from '@/features/player';
import { words } from '@/words';
import styles from './Screen.module.css';
import type { Show } from './stage';

interface Movable extends HTMLElement {
  moveBefore?: (node: Node, before: Node | null) => void;
}

/**
 * The picture, which is carried from place to place. It is drawn into an element that React never replaces,
 * so that the video keeps its connection; a browser that pauses what is moved is told to go on.
 */
export function Screen({ show, onClose }: { show: Show; onClose: () => void }) {
  const [holder] = useState(makeHolder);
  const corner = useRef<HTMLDivElement>(null);
  const mini = show.place === null;

  useLayoutEffect(() => {
    const place = show.place ?? corner.current;
    if (place) carry(holder, place);
  }, [holder, show.place]);

  useLayoutEffect(() => () => holder.remove(), [holder]);

  return (
    <>
      {mini && (
        <aside
          className={styles.mini}
          aria-label={show.channel.name}
          data-testid="mini-player"
          data-over-page
        >
          <div ref={corner} className={styles.corner} />
          <Link
            className={styles.back ?? ''}
            href={`/watch/${encodeURIComponent(show.channel.id)}`}
            aria-label={words.watch.expand(show.channel.name)}
          />
          <div className={styles.foot}>
            <span className={styles.name}>{show.channel.name}</span>
            <button
              type="button"
              className={styles.close}
              aria-label={words.watch.closeMini}
              title={words.watch.closeMini}
              onClick={onClose}
            >
              <Icon name="close" />
            </button>
          </div>
        </aside>
      )}
      {createPortal(
        <Player
          channel={show.channel}
          onNext={show.onNext}
          onPrevious={show.onPrevious}
          theatre={show.theatre}
          onTheatre={show.onTheatre}
          mini={mini}
        />,
        holder,
      )}
    </>
  );
}

function makeHolder(): HTMLElement {
  const holder = document.createElement('div');
  holder.className = styles.holder ?? '';
  return holder;
}

function carry(holder: HTMLElement, place: Movable): void {
  if (holder.parentElement === place) return;
  const video = holder.querySelector('video');
  const wasPlaying = video !== null && !video.paused;
  if (place.moveBefore && holder.isConnected) place.moveBefore(holder, null);
  else place.append(holder);
  if (wasPlaying && video.paused) void video.play().catch(() => {});
}
