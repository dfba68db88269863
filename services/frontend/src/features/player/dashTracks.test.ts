import { expect, it } from 'vitest';
import { dashTracks } from './dashTracks';

const low = { active: false, bandwidth: 8e5, frameRate: 25, height: 360 };
const high = { active: true, bandwidth: 6e6, frameRate: 50, height: 1080 };
const english = { active: false, label: 'Commentary', language: 'en' };
const unnamed = { active: true, label: null, language: 'und' };

it('names what can be chosen, by its place in the lists', () => {
  expect(
    dashTracks([low, high], [english, unnamed], [{ active: false, label: null, language: 'fr' }], true),
  ).toEqual({
    qualities: [
      { id: 1, label: '1080p50' },
      { id: 0, label: '360p' },
    ],
    quality: -1,
    showing: 1,
    voices: [
      { id: 0, label: 'Commentary' },
      { id: 1, label: 'Sound 2' },
    ],
    voice: 1,
    subtitles: [{ id: 0, label: 'French' }],
    subtitle: -1,
  });
});

it('says which quality was chosen once the viewer has', () => {
  expect(dashTracks([low, high], [], [], false)).toMatchObject({ quality: 1 });
});
