import type { Engine, EngineListener } from './engine';
import type { Fault } from './playback';

export function nativeIsSupported(video: HTMLVideoElement): boolean {
  return video.canPlayType('application/vnd.apple.mpegurl') !== '';
}

/** The browser's own HLS, on phones without Media Source Extensions. It chooses quality and sound by itself. */
export function openNative(video: HTMLVideoElement, src: string, listener: EngineListener): Engine {
  const onError = () => listener.fault(faultOf(video.error));
  const onReady = () => listener.ready();
  const load = () => {
    video.src = src;
    video.load();
  };
  video.addEventListener('error', onError);
  video.addEventListener('loadedmetadata', onReady);
  load();
  return {
    // There is one way to mend anything here: to load again.
    act: load,
    chooseQuality() {},
    chooseVoice() {},
    chooseSubtitle() {},
    async close() {
      video.removeEventListener('error', onError);
      video.removeEventListener('loadedmetadata', onReady);
      video.removeAttribute('src');
      video.load();
    },
  };
}

/** The element says little: "not supported" is also what it says of an address that answers with an error. */
export function faultOf(error: MediaError | null): Fault {
  return error?.code === MediaError.MEDIA_ERR_DECODE
    ? { kind: 'media' }
    : { kind: 'network', part: 'playlist' };
}
