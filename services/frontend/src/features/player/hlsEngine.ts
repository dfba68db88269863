import Hls from 'hls.js';
import workerPath from 'hls.js/dist/hls.worker.js?url';
import type { Engine, EngineListener } from './engine';
import { faultOf } from './hlsFault';
import { OFF, qualityTracks, subtitleTracks, voiceTracks } from './tracks';

export function hlsIsSupported(): boolean {
  return Hls.isSupported();
}

/** The worker's file, in the browser's cache before the first segment waits for it. */
export async function warmWorker(): Promise<void> {
  await fetch(workerPath);
}

/** hls.js on an element. It recovers from small things by itself; what is fatal to it comes out as a fault. */
export function openHls(video: HTMLVideoElement, src: string, listener: EngineListener): Engine {
  let hls = start(video, src, listener);
  return {
    act(action) {
      switch (action) {
        case 'resume':
          return hls.startLoad();
        case 'reload':
          return hls.loadSource(src);
        case 'recover-media':
          return hls.recoverMediaError();
        case 'rebuild':
          hls.destroy();
          hls = start(video, src, listener);
      }
    },
    chooseQuality(id) {
      hls.nextLevel = id;
      report(hls, listener);
    },
    chooseVoice(id) {
      hls.audioTrack = id;
    },
    chooseSubtitle(id) {
      hls.subtitleDisplay = id >= 0;
      hls.subtitleTrack = id;
    },
    async close() {
      hls.destroy();
      video.removeAttribute('src');
      video.load();
    },
  };
}

function start(video: HTMLVideoElement, src: string, listener: EngineListener): Hls {
  const hls = new Hls({
    // From a file of ours: the worker that hls.js would build from text needs an exception in the page's policy.
    workerPath,
    backBufferLength: 60,
    // The first segment is asked for while the element is still being attached.
    startFragPrefetch: true,
    // A small window is played in its small rendition.
    capLevelToPlayerSize: true,
  });
  const tell = () => report(hls, listener);
  hls.on(Hls.Events.MANIFEST_PARSED, () => listener.ready());
  hls.on(Hls.Events.MANIFEST_PARSED, tell);
  hls.on(Hls.Events.LEVEL_SWITCHED, tell);
  hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, tell);
  hls.on(Hls.Events.AUDIO_TRACK_SWITCHED, tell);
  hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, tell);
  hls.on(Hls.Events.SUBTITLE_TRACK_SWITCH, tell);
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (error.fatal) listener.fault(faultOf(error));
  });
  hls.loadSource(src);
  hls.attachMedia(video);
  return hls;
}

function report(hls: Hls, listener: EngineListener): void {
  listener.tracks({
    qualities: qualityTracks(hls.levels),
    quality: hls.autoLevelEnabled ? -1 : hls.nextLevel,
    showing: hls.currentLevel,
    voices: voiceTracks(hls.audioTracks),
    voice: hls.audioTrack,
    subtitles: subtitleTracks(hls.subtitleTracks),
    subtitle: hls.subtitleDisplay ? hls.subtitleTrack : OFF,
  });
}
