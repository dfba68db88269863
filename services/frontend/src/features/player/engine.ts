import type { Fault, RecoveryAction } from './playback';
import type { Tracks } from './tracks';

/** What drives a video element: hls.js, or the browser itself where it plays HLS. */
export interface Engine {
  act(action: RecoveryAction): void;
  chooseQuality(id: number): void;
  chooseVoice(id: number): void;
  close(): void;
}

export interface EngineListener {
  /** There is something to play: time to ask for permission to start. */
  ready(): void;
  fault(fault: Fault): void;
  tracks(tracks: Tracks): void;
}

/**
 * Open the engine that this browser has. hls.js is preferred where both work: it says what went wrong.
 * It is fetched only now, so that the rest of the page doesn't wait for it.
 */
export async function openEngine(
  video: HTMLVideoElement,
  src: string,
  listener: EngineListener,
): Promise<Engine> {
  const { hlsIsSupported, openHls } = await import('./hlsEngine');
  if (hlsIsSupported()) return openHls(video, src, listener);
  const { nativeIsSupported, openNative } = await import('./nativeEngine');
  if (nativeIsSupported(video)) return openNative(video, src, listener);
  listener.fault({ kind: 'unsupported' });
  return { act() {}, chooseQuality() {}, chooseVoice() {}, close() {} };
}
