import { useEffect } from 'react';
import type { Channel } from '@/lib/api';

interface Zapping {
  onNext?: (() => void) | undefined;
  onPrevious?: (() => void) | undefined;
}

/** Tell the system what plays: lock screens and headphones show it, and change channels. */
export function useMediaSession(channel: Channel, { onNext, onPrevious }: Zapping): void {
  useEffect(() => {
    if (!('mediaSession' in navigator)) return;
    navigator.mediaSession.metadata = new MediaMetadata({
      title: channel.name,
      artist: channel.group,
      artwork: channel.logo ? [{ src: channel.logo }] : [],
    });
    return () => {
      navigator.mediaSession.metadata = null;
    };
  }, [channel.name, channel.group, channel.logo]);

  useEffect(() => {
    if (!('mediaSession' in navigator)) return;
    navigator.mediaSession.setActionHandler('nexttrack', onNext ?? null);
    navigator.mediaSession.setActionHandler('previoustrack', onPrevious ?? null);
    return () => {
      navigator.mediaSession.setActionHandler('nexttrack', null);
      navigator.mediaSession.setActionHandler('previoustrack', null);
    };
  }, [onNext, onPrevious]);
}
