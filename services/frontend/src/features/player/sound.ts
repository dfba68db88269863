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

/** What a browser withholds from a page that nobody has touched yet, until a tap. */
export type Withheld = 'nothing' | 'sound' | 'picture';

/** Start to play as the viewer wants it: with sound unless `muted`, if the browser allows it. */
export async function startPlaying(video: HTMLVideoElement, muted: boolean): Promise<Withheld> {
  video.muted = muted;
  if (await played(video)) return 'nothing';
  if (muted) return 'picture';
  video.muted = true;
  return (await played(video)) ? 'sound' : 'picture';
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
