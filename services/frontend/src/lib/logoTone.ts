import { whenIdle } from './idle';

/**
 * Whether a logo is dark, light or both. Logos are drawn for white paper or for a black screen, and half of
 * them vanish on the other: the plate behind one is chosen by what it is made of.
 */
export type Tone = 'dark' | 'light' | 'mixed';

const SIDE = 24;
const tones = new Map<string, Tone>();

/** The tone of a picture that was looked at before. */
export function knownTone(address: string): Tone | null {
  return tones.get(address) ?? null;
}

/**
 * Look at a loaded picture and tell its tone, once the page has a moment, or soon. Returns how to call it
 * off. Where pixels can't be read it counts as mixed.
 */
export function findTone(image: HTMLImageElement, address: string, tell: (tone: Tone) => void): () => void {
  return whenIdle(() => {
    const tone = tones.get(address) ?? judge(pixelsOf(image));
    tones.set(address, tone);
    tell(tone);
  }, 150);
}

/** Pixels are RGBA bytes. Only those that are really there count, and most of them must agree. */
export function judge(pixels: ArrayLike<number> | null): Tone {
  if (!pixels) return 'mixed';
  let seen = 0;
  let dark = 0;
  let light = 0;
  for (let at = 0; at + 3 < pixels.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = [
      pixels[at],
      pixels[at + 1],
      pixels[at + 2],
      pixels[at + 3],
    ];
    if (alpha < 128) continue;
    seen += 1;
    const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    // What has less than 3:1 to the dark plate, and what is as good as white on the pale one.
    if (luminance < 0.13) dark += 1;
    else if (luminance > 0.65) light += 1;
  }
  // A picture without any transparency brings its own ground.
  if (seen === 0 || seen * 4 === pixels.length) return 'mixed';
  if (dark / seen > 0.4) return 'dark';
  return light / seen > 0.6 ? 'light' : 'mixed';
}

function linear(byte: number): number {
  return (byte / 255) ** 2.2;
}

function pixelsOf(image: HTMLImageElement): Uint8ClampedArray | null {
  try {
    const canvas = document.createElement('canvas');
    canvas.width = SIDE;
    canvas.height = SIDE;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) return null;
    context.drawImage(image, 0, 0, SIDE, SIDE);
    return context.getImageData(0, 0, SIDE, SIDE).data;
  } catch {
    return null;
  }
}
