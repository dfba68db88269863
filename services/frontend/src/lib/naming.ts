/** What a name looks like when there is no picture of it, and how it is compared with what is typed. */

/** One to three characters that stand for a channel: "BBC One HD" is "BO", "Sky Sports 1" is "SS1". */
export function initials(name: string): string {
  const words = name
    .replace(/[^\p{L}\p{N}\s]+/gu, ' ')
    .split(/\s+/)
    .filter((word) => word && !NOISE.has(word.toLowerCase()));
  const [first, ...rest] = words;
  if (!first) return name.trim().slice(0, 2).toUpperCase() || '?';
  if (rest.length === 0)
    return [...first]
      .slice(0, first === first.toUpperCase() ? 3 : 2)
      .join('')
      .toUpperCase();
  const number = rest.find((word) => /^\d+$/.test(word));
  const letters = words.filter((word) => !/^\d+$/.test(word)).slice(0, 2);
  return (letters.map((word) => [...word][0]).join('') + (number ?? '').slice(0, 2)).toUpperCase();
}

const NOISE = new Set(['hd', 'fhd', 'uhd', 'sd', '4k', 'tv', 'the', 'channel']);

/** A hue that a name always gets, spread over the wheel so that neighbours differ. */
export function hue(name: string): number {
  let hash = 2166136261;
  for (const character of name) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  }
  // The last letters alone would decide the low bits: stir them once more.
  hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
  hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
  return ((((hash ^ (hash >>> 16)) >>> 0) % 24) * 15 + 8) % 360;
}

/** Letters alone: neither accents nor case count where something is looked for. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

// Made when it is first needed: what the browser knows of languages takes tens of milliseconds to be loaded.
let regions: Intl.DisplayNames | undefined;

/** A country's name in the viewer's language; the code itself where nobody knows it. */
export function country(code: string): string {
  try {
    regions ??= new Intl.DisplayNames(undefined, { type: 'region' });
    return regions.of(code) ?? code;
  } catch {
    return code;
  }
}
