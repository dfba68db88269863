import { words } from '@/words';
/** What can be chosen of a stream, pure. */
export interface Track {
  id: number;
  label: string;
}

export interface Tracks {
  qualities: Track[];
  /** -1: the player decides. */
  quality: number;
  /** The quality on screen. */
  showing: number;
  voices: Track[];
  voice: number;
  subtitles: Track[];
  /** -1: none is shown. */
  subtitle: number;
}

export const AUTO = -1;
/** No subtitles. */
export const OFF = -1;
export const noTracks: Tracks = {
  qualities: [],
  quality: AUTO,
  showing: AUTO,
  voices: [],
  voice: 0,
  subtitles: [],
  subtitle: OFF,
};

interface Level {
  height?: number;
  frameRate?: number;
  bitrate: number;
  name?: string | undefined;
}

/** Best first; the bitrate is named only where the height alone is ambiguous. */
export function qualityTracks(levels: readonly Level[]): Track[] {
  return levels
    .map((level, id) => ({ id, level }))
    .sort((one, other) => other.level.bitrate - one.level.bitrate)
    .map(({ id, level }) => ({ id, label: qualityLabel(level, levels) }));
}

function qualityLabel(level: Level, levels: readonly Level[]): string {
  const rate =
    level.bitrate >= 1_000_000
      ? `${(level.bitrate / 1e6).toFixed(1)} Mbit/s`
      : `${Math.round(level.bitrate / 1e3)} kbit/s`;
  if (!level.height) return level.bitrate > 0 ? rate : (level.name ?? words.watch.onlyQuality);
  const fast = (level.frameRate ?? 0) > 31 ? String(Math.round(level.frameRate ?? 0)) : '';
  const name = `${level.height}p${fast}`;
  const alike = levels.filter((each) => each.height === level.height).length > 1;
  return alike ? `${name}, ${rate}` : name;
}

interface Named {
  name: string;
  lang?: string | undefined;
}

export function voiceTracks(tracks: readonly Named[]): Track[] {
  return named(tracks, words.watch.sound);
}

export function subtitleTracks(tracks: readonly Named[]): Track[] {
  return named(tracks, words.watch.subtitles);
}

function named(tracks: readonly Named[], what: string): Track[] {
  return tracks.map((track, id) => ({
    id,
    label: track.name || language(track.lang) || `${what} ${id + 1}`,
  }));
}

function language(code: string | undefined): string | undefined {
  if (!code) return undefined;
  try {
    return new Intl.DisplayNames(undefined, { type: 'language' }).of(code);
  } catch {
    return code;
  }
}
