import { type RefObject, useEffect, useState } from 'react';
import { sound } from './sound';

/** What the controls show of the element. */
export interface VideoFacts {
  paused: boolean;
  waiting: boolean;
  /** Whether there is a picture to look at, even if it stands still. */
  picture: boolean;
  muted: boolean;
  volume: number;
  /** Whether the picture is clearly behind what could be seen. */
  behind: boolean;
}

const EVENTS = [
  'play',
  'pause',
  'playing',
  'waiting',
  'volumechange',
  'timeupdate',
  'emptied',
  'seeked',
] as const;
const BEHIND_S = 20;

/** The element's facts, redrawn only when one of them changes. */
export function useVideo(element: RefObject<HTMLVideoElement | null>): VideoFacts {
  const [facts, setFacts] = useState<VideoFacts>(() => ({
    paused: false,
    waiting: true,
    picture: false,
    behind: false,
    ...sound.get(),
  }));

  useEffect(() => {
    const video = element.current;
    if (!video) return;
    const kept = sound.get();
    video.volume = kept.volume;
    video.muted = kept.muted;
    const read = () => {
      const next: VideoFacts = {
        paused: video.paused,
        waiting: !video.paused && video.readyState < 3,
        picture: video.readyState >= 2,
        muted: video.muted || video.volume === 0,
        volume: video.volume,
        behind: liveEdge(video) - video.currentTime > BEHIND_S,
      };
      setFacts((old) => (same(old, next) ? old : next));
    };
    for (const name of EVENTS) video.addEventListener(name, read);
    return () => {
      for (const name of EVENTS) video.removeEventListener(name, read);
    };
  }, [element]);

  return facts;
}

/** Where live is: the end of what can be reached. */
export function liveEdge(video: HTMLVideoElement): number {
  const { seekable } = video;
  return seekable.length === 0 ? video.currentTime : seekable.end(seekable.length - 1);
}

export function goLive(video: HTMLVideoElement): void {
  // Not the very edge: there is nothing buffered yet.
  video.currentTime = Math.max(0, liveEdge(video) - 6);
  void video.play().catch(() => {});
}

function same(one: VideoFacts, other: VideoFacts): boolean {
  return (
    one.paused === other.paused &&
    one.waiting === other.waiting &&
    one.picture === other.picture &&
    one.muted === other.muted &&
    one.volume === other.volume &&
    one.behind === other.behind
  );
}
