import { beforeEach, expect, it, vi } from 'vitest';
import { type EngineListener, noEngine, openEngine } from './engine';

const browser = vi.hoisted(() => ({ plays: new Set<string>(), opened: [] as string[] }));
const engineOf = (name: string) => (_: HTMLVideoElement, src: string) => {
  browser.opened.push(`${name} ${src}`);
  return noEngine;
};

vi.mock('./hlsEngine', () => ({
  hlsIsSupported: () => browser.plays.has('hls.js'),
  openHls: engineOf('hls.js'),
}));
vi.mock('./nativeEngine', () => ({
  nativeIsSupported: () => browser.plays.has('native'),
  openNative: engineOf('native'),
}));
vi.mock('./dashEngine', () => ({
  dashIsSupported: () => browser.plays.has('dash'),
  openDash: engineOf('dash'),
}));

const listener = { ready: vi.fn(), fault: vi.fn(), tracks: vi.fn() } satisfies EngineListener;

beforeEach(() => {
  browser.opened.length = 0;
  listener.fault.mockClear();
});

it.each([
  ['hls', ['hls.js', 'native', 'dash'], 'hls.js /x'],
  ['hls', ['native'], 'native /x'],
  ['dash', ['hls.js', 'native', 'dash'], 'dash /x'],
] as const)('plays %s in a browser that has %s', async (protocol, plays, opened) => {
  browser.plays = new Set(plays);
  await openEngine(document.createElement('video'), { protocol, src: '/x' }, listener);
  expect(browser.opened).toEqual([opened]);
  expect(listener.fault).not.toHaveBeenCalled();
});

it.each([
  ['hls', ['dash']],
  ['dash', ['native']],
] as const)('says that it cannot play %s in a browser that has %s alone', async (protocol, plays) => {
  browser.plays = new Set(plays);
  await openEngine(document.createElement('video'), { protocol, src: '/x' }, listener);
  expect(listener.fault).toHaveBeenCalledWith({ kind: 'unsupported' });
});
