import type shaka from 'shaka-player/dist/shaka-player.dash-es2021.js';
import { AUTO, qualityTracks, subtitleTracks, type Tracks, voiceTracks } from './tracks';

type Video = Pick<shaka.extern.VideoTrack, 'active' | 'bandwidth' | 'frameRate' | 'height'>;
type Voice = Pick<shaka.extern.AudioTrack, 'active' | 'label' | 'language'>;
type Text = Pick<shaka.extern.TextTrack, 'active' | 'label' | 'language'>;

/** What can be chosen of a DASH stream, pure. Shaka's tracks have no ids: their places in its lists are. */
export function dashTracks(
  videos: readonly Video[],
  voices: readonly Voice[],
  texts: readonly Text[],
  automatic: boolean,
): Tracks {
  const showing = videos.findIndex(({ active }) => active);
  return {
    qualities: qualityTracks(videos.map(level)),
    quality: automatic ? AUTO : showing,
    showing,
    voices: voiceTracks(voices.map(voice)),
    voice: voices.findIndex(({ active }) => active),
    subtitles: subtitleTracks(texts.map(voice)),
    subtitle: texts.findIndex(({ active }) => active),
  };
}

function level({ height, frameRate, bandwidth }: Video) {
  return { height: height ?? 0, frameRate: frameRate ?? 0, bitrate: bandwidth };
}

/** "und" is the standard's word for a language that nobody named. */
function voice({ label, language }: Voice | Text) {
  return { name: label ?? '', lang: language === 'und' ? undefined : language };
}
