import shaka from 'shaka-player/dist/shaka-player.dash-es2021.js';
import { type DashError, faultOf, isLoading, isSuperseded } from './dashFault';
import { dashTracks } from './dashTracks';
import type { Engine, EngineListener } from './engine';

/** Kept of the buffer when a quality is chosen: enough to go on with until the new one has arrived. */
const KEPT_ON_CHOICE_S = 4;
const RETRY_AFTER_S = 1;

export function dashIsSupported(): boolean {
  // Also stands in for what browsers keep from pages without https.
  shaka.polyfill.installAll();
  return shaka.Player.isBrowserSupported();
}

/** Shaka on an element. It recovers from small things by itself; what is fatal to it comes out as a fault. */
export function openDash(video: HTMLVideoElement, src: string, to: EngineListener): Engine {
  // Picture and sound fail one after the other, and it is one fault until something was done about it.
  let told = false;
  const listener: EngineListener = {
    ...to,
    fault(fault) {
      if (!told) to.fault(fault);
      told = true;
    },
  };
  const player = new shaka.Player();
  player.configure({
    // A small window is played in its small rendition.
    abr: { restrictToElementSize: true },
    // By default it answers a segment that fails by asking for ever; see `listen`.
    streaming: { bufferBehind: 60, failureCallback: (_: unknown) => {} },
  });
  listen(player, video, listener);
  void load(player, () => player.attach(video).then(() => open(player, src)), listener);
  return {
    act(action) {
      told = false;
      // Loading makes everything anew: parser, buffers and decoder. There is nothing more to rebuild.
      if (action === 'resume' && player.retryStreaming()) return;
      void load(player, () => open(player, src), listener);
    },
    chooseQuality(id) {
      const track = player.getVideoTracks()[id];
      player.configure('abr.enabled', track === undefined);
      if (track) player.selectVideoTrack(track, true, KEPT_ON_CHOICE_S);
      report(player, listener);
    },
    chooseVoice(id) {
      const track = player.getAudioTracks()[id];
      if (track) player.selectAudioTrack(track);
    },
    chooseSubtitle(id) {
      player.selectTextTrack(player.getTextTracks()[id] ?? null);
    },
    close: () => player.destroy(),
  };
}

function open(player: shaka.Player, src: string): Promise<void> {
  return player.load(src, null, 'application/dash+xml');
}

async function load(
  player: shaka.Player,
  loading: () => Promise<void>,
  listener: EngineListener,
): Promise<void> {
  try {
    await loading();
    listener.ready();
    report(player, listener);
  } catch (error) {
    tell(error as DashError, listener);
  }
}

function listen(player: shaka.Player, video: HTMLVideoElement, listener: EngineListener): void {
  for (const name of ['trackschanged', 'adaptation', 'variantchanged', 'audiotrackschanged', 'textchanged']) {
    player.addEventListener(name, () => report(player, listener));
  }
  player.addEventListener('error', (event) => {
    const { detail } = event as unknown as { detail: DashError & { severity: number } };
    if (detail.severity !== shaka.util.Error.Severity.CRITICAL) return;
    // Nobody needs to know of a segment that fails while there is something to show: it may come yet.
    const shows = video.readyState > HTMLMediaElement.HAVE_CURRENT_DATA;
    if (shows && isLoading(detail) && player.retryStreaming(RETRY_AFTER_S)) return;
    tell(detail, listener);
  });
}

function tell(error: DashError, listener: EngineListener): void {
  if (!isSuperseded(error)) listener.fault(faultOf(error));
}

function report(player: shaka.Player, listener: EngineListener): void {
  const automatic = player.getConfiguration().abr.enabled;
  listener.tracks(
    dashTracks(player.getVideoTracks(), player.getAudioTracks(), player.getTextTracks(), automatic),
  );
}
