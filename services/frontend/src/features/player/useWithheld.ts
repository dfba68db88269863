import { type RefObject, useEffect, useState } from 'react';
import type { Withheld } from './sound';

/** What the browser withholds; the viewer may give it himself, by any of the controls. */
export function useWithheld(element: RefObject<HTMLVideoElement | null>) {
  const [withheld, setWithheld] = useState<Withheld>('nothing');
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    const heard = () => {
      if (!video.muted) setWithheld('nothing');
    };
    const seen = () => setWithheld((old) => (old === 'picture' ? 'nothing' : old));
    video.addEventListener('volumechange', heard);
    video.addEventListener('playing', seen);
    return () => {
      video.removeEventListener('volumechange', heard);
      video.removeEventListener('playing', seen);
    };
  }, [element]);
  return [withheld, setWithheld] as const;
}
