import { type RefObject, useEffect, useState } from 'react';
import { liveEdge } from './useVideo';

/** What can be reached, in seconds of the element's clock. */
export interface LiveWindow {
  from: number;
  edge: number;
  at: number;
}

const nothing: LiveWindow = { from: 0, edge: 0, at: 0 };

/** The live window, twice a second: it slides on while the picture is paused. */
export function useLiveWindow(video: RefObject<HTMLVideoElement | null>): LiveWindow {
  const [reach, setReach] = useState(nothing);
  useEffect(() => {
    const timer = setInterval(() => {
      const element = video.current;
      if (element) setReach((old) => settled(old, windowOf(element)));
    }, 500);
    return () => clearInterval(timer);
  }, [video]);
  return reach;
}

export function windowOf(video: HTMLVideoElement): LiveWindow {
  const { seekable } = video;
  if (seekable.length === 0) return nothing;
  return { from: seekable.start(0), edge: liveEdge(video), at: video.currentTime };
}

/** Go to a place in the window, without leaving it: before its start there is nothing any more. */
export function seekTo(video: HTMLVideoElement, at: number): void {
  const { from, edge } = windowOf(video);
  if (edge <= from) return;
  video.currentTime = Math.min(Math.max(at, from + 1), edge - 2);
}

export function seekBy(video: HTMLVideoElement, seconds: number): void {
  seekTo(video, video.currentTime + seconds);
}

function settled(old: LiveWindow, next: LiveWindow): LiveWindow {
  const same = old.from === next.from && old.edge === next.edge && old.at === next.at;
  return same ? old : next;
}
