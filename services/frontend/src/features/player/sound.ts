import { kept } from '@/lib/storage';

export interface Sound {
  volume: number;
  muted: boolean;
}

const isSound = (value: unknown): value is Sound =>
  typeof value === 'object' &&
  value !== null &&
  'volume' in value &&
  typeof value.volume === 'number' &&
  value.volume >= 0 &&
  value.volume <= 1 &&
  'muted' in value &&
  typeof value.muted === 'boolean';

/** How loud the viewer wants it. What a browser forces on us is not kept. */
export const sound = kept<Sound>('sound', { volume: 1, muted: false }, isSound);

/**
 * Start to play, with sound if the browser allows it on a page nobody has touched yet.
 * `silenced`: it plays without, and waits for a tap. `refused`: it doesn't play at all.
 */
export async function startPlaying(video: HTMLVideoElement): Promise<'playing' | 'silenced' | 'refused'> {
  if (await played(video)) return 'playing';
  if (video.muted) return 'refused';
  video.muted = true;
  return (await played(video)) ? 'silenced' : 'refused';
}

/** Only a refusal counts: a play that was overtaken by the next load has not been refused. */
async function played(video: HTMLVideoElement): Promise<boolean> {
  try {
    await video.play();
    return true;
  } catch (error) {
    return !(error instanceof DOMException && error.name === 'NotAllowedError');
  }
}
