import { aChannel } from '@tests/records';
import { expect, it } from 'vitest';
import { mpvCommand, playable, playerLinks, streamPath, vlcLink } from './address';
import { qualityTracks } from './tracks';

it.each([
  ['hls', '/stream/ch-1.m3u8'],
  ['dash', '/stream/ch-1.mpd'],
  ['ts', '/stream/ch-1.ts'],
] as const)('gives a %s channel the address of its kind', (kind, path) => {
  expect(streamPath(aChannel({ kind }))).toBe(path);
});

it.each([
  ['hls', { protocol: 'hls', src: '/stream/ch-1.m3u8' }],
  ['dash', { protocol: 'dash', src: '/stream/ch-1.mpd' }],
  ['ts', { protocol: 'hls', src: '/stream/ch-1.m3u8' }],
] as const)('plays a %s channel over a protocol that browsers have', (kind, played) => {
  expect(playable(aChannel({ kind }))).toEqual(played);
});

it('opens VLC by its scheme on a phone and by a file on a desktop', () => {
  expect(vlcLink(aChannel(), 'http://tv.lan', 'Mozilla (Linux; Android 15)')).toEqual({
    href: 'vlc://http://tv.lan/stream/ch-1.m3u8',
  });
  expect(vlcLink(aChannel(), 'http://tv.lan', 'Mozilla (X11; Linux)')).toEqual({
    href: '/playlist.m3u8?ids=ch-1',
    download: 'ch-1.m3u',
  });
});

it('names qualities by height, best first, and by bitrate only where heights are alike', () => {
  const labels = (...levels: Parameters<typeof qualityTracks>[0]) =>
    qualityTracks(levels).map(({ label }) => label);
  expect(labels({ height: 360, bitrate: 8e5 }, { height: 1080, bitrate: 6e6, frameRate: 50 })).toEqual([
    '1080p50',
    '360p',
  ]);
  expect(labels({ height: 720, bitrate: 2.4e6 }, { height: 720, bitrate: 9e5 })).toEqual([
    '720p, 2.4 Mbit/s',
    '720p, 900 kbit/s',
  ]);
});

it.each([
  ['Macintosh; Intel Mac OS X 14', ['iina://weblink?url=http%3A%2F%2Ftv.lan%2Fx']],
  ['Windows NT 10.0', ['potplayer://http://tv.lan/x']],
  ['X11; Linux', []],
])('offers on %s what exists there', (agent, links) => {
  expect(playerLinks('http://tv.lan/x', agent).map(({ href }) => href)).toEqual(links);
});

it('writes a command for mpv', () => {
  expect(mpvCommand('http://tv.lan/x')).toBe("mpv 'http://tv.lan/x'");
});
