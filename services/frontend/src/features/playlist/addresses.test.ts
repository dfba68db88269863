import { expect, test } from 'vitest';
import { addressesOf, countOf, everything, toggled } from './addresses';

const origin = 'http://tv.lan:3232';

test('without a choice the addresses are the plain ones', () => {
  expect(addressesOf(origin, everything, null)).toEqual({
    m3u: `${origin}/playlist.m3u8`,
    xmltv: `${origin}/epg.xml`,
    tuner: origin,
    xtream: { server: origin, user: 'tv', password: 'tv' },
  });
});

test('groups and channels are in the address, with the token', () => {
  const choice = { groups: ['Sports', 'News & Weather'], ids: ['one', 'two'] };
  const { m3u, xmltv, tuner, xtream } = addressesOf(origin, choice, 'se cret');
  expect(m3u).toBe(`${origin}/playlist.m3u8?group=Sports&group=News+%26+Weather&ids=one,two&token=se+cret`);
  expect(new URL(xmltv).searchParams.getAll('group')).toEqual(['Sports', 'News & Weather']);
  expect(tuner).toBe(`${origin}/t/se%20cret`);
  expect(xtream.password).toBe('se cret');
});

test('a channel of a chosen group counts once', () => {
  const channels = [
    { id: 'one', group: 'A' },
    { id: 'two', group: 'B' },
    { id: 'three', group: 'C' },
  ];
  expect(countOf(channels, everything)).toBe(3);
  expect(countOf(channels, { groups: ['A'], ids: ['one', 'three'] })).toBe(2);
});

test('what is pressed twice is as it was', () => {
  expect(toggled(toggled(['a'], 'b'), 'b')).toEqual(['a']);
});
