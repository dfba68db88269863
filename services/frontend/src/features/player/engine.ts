import type { Playable } from './address';
import type { Fault, RecoveryAction } from './playback';
import type { Tracks } from './tracks';

/** What drives a video element: hls.js, Shaka for DASH, or the browser itself where it plays HLS. */
export interface Engine {
  act(action: RecoveryAction): void;
  chooseQuality(id: number): void;
  chooseVoice(id: number): void;
  /** `OFF` shows none. */
  chooseSubtitle(id: number): void;
  /** Resolves once the element is free for another engine. */
  close(): Promise<void>;
}

export interface EngineListener {
  /** There is something to play: time to ask for permission to start. */
  ready(): void;
  fault(fault: Fault): void;
  tracks(tracks: Tracks): void;
}

/** Open the engine for what is played. It is fetched only now, so that the rest of the page doesn't wait for it. */
export async function openEngine(
  video: HTMLVideoElement,
  { protocol, src }: Playable,
  listener: EngineListener,
): Promise<Engine> {
  const engine = await supported(protocol, video);
  if (engine) return engine(video, src, listener);
  listener.fault({ kind: 'unsupported' });
  return noEngine;
}

/** Have the engine that nearly all channels need at hand. */
export async function warmEngine(): Promise<void> {
  const { warmWorker } = await import('./hlsEngine');
  await warmWorker();
}

export const noEngine: Engine = {
  act() {},
  chooseQuality() {},
  chooseVoice() {},
  chooseSubtitle() {},
  async close() {},
};

type Open = (video: HTMLVideoElement, src: string, listener: EngineListener) => Engine;

/** The engine that this browser has. hls.js is preferred where both work: it says what went wrong. */
async function supported(protocol: Playable['protocol'], video: HTMLVideoElement): Promise<Open | null> {
  switch (protocol) {
    case 'hls': {
      const { hlsIsSupported, openHls } = await import('./hlsEngine');
      if (hlsIsSupported()) return openHls;
      const { nativeIsSupported, openNative } = await import('./nativeEngine');
      return nativeIsSupported(video) ? openNative : null;
    }
    case 'dash': {
      const { dashIsSupported, openDash } = await import('./dashEngine');
      return dashIsSupported() ? openDash : null;
    }
  }
}
