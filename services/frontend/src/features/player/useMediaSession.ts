import { type RefObject, useEffect } from 'react';
import type { Channel } from '@/lib/api';
import { seekBy } from './useLiveWindow';

interface Playing {
  video: RefObject<HTMLVideoElement | null>;
  paused: boolean;
  onNext?: (() => void) | undefined;
  onPrevious?: (() => void) | undefined;
}

const STEP_S = 10;
const PICTURE = { src: '/icon-512.png', sizes: '512x512', type: 'image/png' };

/** Tell the system what plays: lock screens and headphones show it, hold it, wind it, and change channels. */
export function useMediaSession(channel: Channel, { video, paused, onNext, onPrevious }: Playing): void {
  useEffect(() => {
    if (!('mediaSession' in navigator)) return;
    navigator.mediaSession.metadata = new MediaMetadata({
      title: channel.name,
      artist: channel.group,
      artwork: [channel.logo ? { src: channel.logo } : PICTURE],
    });
    return () => {
      navigator.mediaSession.metadata = null;
    };
  }, [channel.name, channel.group, channel.logo]);

  useEffect(() => {
    if (!('mediaSession' in navigator)) return;
    navigator.mediaSession.playbackState = paused ? 'paused' : 'playing';
    return () => {
      navigator.mediaSession.playbackState = 'none';
    };
  }, [paused]);

  useEffect(() => {
    const seek = (seconds: number) => video.current && seekBy(video.current, seconds);
    return handle({
      play: () => void video.current?.play().catch(() => {}),
      pause: () => video.current?.pause(),
      seekbackward: ({ seekOffset }) => seek(-(seekOffset ?? STEP_S)),
      seekforward: ({ seekOffset }) => seek(seekOffset ?? STEP_S),
    });
  }, [video]);

  useEffect(
    () => handle({ nexttrack: onNext ?? null, previoustrack: onPrevious ?? null }),
    [onNext, onPrevious],
  );
}

/** Set what keys do; returns how to unset it. A browser that knows a key not at all refuses it. */
function handle(handlers: Partial<Record<MediaSessionAction, MediaSessionActionHandler | null>>): () => void {
  const set = (action: string, handler: MediaSessionActionHandler | null) => {
    try {
      navigator.mediaSession.setActionHandler(action as MediaSessionAction, handler);
    } catch {
      // Not on this system.
    }
  };
  if (!('mediaSession' in navigator)) return () => {};
  for (const [action, handler] of Object.entries(handlers)) set(action, handler);
  return () => {
    for (const action of Object.keys(handlers)) set(action, null);
  };
}
