import type { Signal } from './playback';

/** A live picture that stands still for this long is a fault, whatever the engine thinks. */
export const STALLED_AFTER_MS = 12_000;
/** The first picture may take longer: the source may have to be found. */
export const TUNING_FOR_MS = 25_000;
/** Playback without a fault for this long makes earlier ones forgotten. */
export const STEADY_AFTER_MS = 15_000;

export interface ProgressWatch {
  /** Something was just done: give it the time that tuning has. */
  grace(): void;
  stop(): void;
}

/** Watch an element's clock: it alone tells whether somebody sees a moving picture. */
export function watchProgress(video: HTMLVideoElement, signal: (signal: Signal) => void): ProgressWatch {
  let moved = Date.now();
  let patience = TUNING_FOR_MS;
  let playingSince: number | null = null;
  let position = -1;

  const look = () => {
    const now = Date.now();
    if (video.paused && position >= 0) {
      moved = now;
      return;
    }
    if (video.currentTime !== position && video.readyState >= 2) {
      if (position >= 0) {
        moved = now;
        patience = STALLED_AFTER_MS;
        playingSince ??= now;
        signal({ type: 'progress' });
        if (now - playingSince > STEADY_AFTER_MS) signal({ type: 'steady' });
      }
      position = video.currentTime;
    } else if (now - moved > patience) {
      grace();
      signal({ type: 'fault', fault: { kind: 'stalled' } });
    }
  };

  const grace = () => {
    moved = Date.now();
    patience = TUNING_FOR_MS;
    playingSince = null;
  };

  const timer = setInterval(look, 1_000);
  video.addEventListener('timeupdate', look);
  return {
    grace,
    stop() {
      clearInterval(timer);
      video.removeEventListener('timeupdate', look);
    },
  };
}
