import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, getJson, withQuery } from './api';
import { copyText } from './clipboard';
import { judge } from './logoTone';
import { hue, initials } from './naming';
import { kept } from './storage';
import { DAY, dayName, duration, HOUR, MINUTE } from './time';

afterEach(() => vi.unstubAllGlobals());

const answer = (body: string, status: number) =>
  vi.stubGlobal('fetch', async () => new Response(body, { status }));
const failure = () =>
  getJson('/api/channels').then(
    () => null,
    (error: unknown) => error as ApiError,
  );

describe('getJson', () => {
  it('gives the body', async () => {
    answer('{"total":3}', 200);
    expect(await getJson('/api/channels')).toEqual({ total: 3 });
  });

  it("throws the server's problem", async () => {
    answer('{"title":"Gone","status":404,"code":"channel_not_found","detail":"No such channel."}', 404);
    const error = await failure();
    expect(error?.problem).toMatchObject({
      code: 'channel_not_found',
      detail: 'No such channel.',
      status: 404,
    });
    expect(error?.temporary).toBe(false);
  });

  it('makes a problem of an answer that is none', async () => {
    answer('<html>Bad gateway</html>', 502);
    const error = await failure();
    expect(error?.problem.code).toBe('unexpected_answer');
    expect(error?.temporary).toBe(true);
  });

  it('makes a problem of no answer at all', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const error = await failure();
    expect(error).toBeInstanceOf(ApiError);
    expect(error?.problem.code).toBe('unreachable');
  });
});

it('writes only the parameters that have a value', () => {
  expect(withQuery('/api/search', { q: 'a b&c', limit: 5, cursor: null })).toBe(
    '/api/search?q=a+b%26c&limit=5',
  );
});

it.each([
  ['BBC One HD', 'BO'],
  ['Sky Sports 1', 'SS1'],
  ['CNN', 'CNN'],
  ['Eurosport', 'EU'],
  ['The History Channel', 'HI'],
  ['Первый канал', 'ПК'],
  ['4K', '4K'],
  ['', '?'],
])('calls %s %s', (name, letters) => {
  expect(initials(name)).toBe(letters);
});

it('gives a name the same hue every time', () => {
  expect(hue('Arena Sport')).toBe(hue('Arena Sport'));
  expect(hue('Arena Sport')).toBeLessThan(360);
});

it.each([
  [400, '1 s'],
  [45_000, '45 s'],
  [12 * MINUTE, '12 min'],
  [2 * HOUR + 5 * MINUTE, '2 h 05 min'],
  [3 * HOUR, '3 h'],
  [DAY, '1 day'],
])('says %i ms as %s', (ms, said) => {
  expect(duration(ms)).toBe(said);
});

it('names days from where the viewer is', () => {
  const now = new Date(2026, 6, 14, 23, 30).getTime();
  expect(dayName(now + HOUR, now)).toBe('Tomorrow');
  expect(dayName(now - HOUR, now)).toBe('Today');
});

it.each([
  ['dark', [10, 10, 60]],
  ['light', [250, 250, 250]],
  ['mixed', [230, 60, 40]],
] as const)('finds a %s logo', (tone, color) => {
  const clear = [0, 0, 0, 0];
  expect(
    judge([
      ...Array(9)
        .fill([...color, 255])
        .flat(),
      ...clear,
    ]),
  ).toBe(tone);
});

it('leaves a picture that brings its own ground alone', () => {
  expect(judge([0, 0, 0, 255, 0, 0, 0, 255])).toBe('mixed');
});

it('keeps a value, and does without one that makes no sense', () => {
  const isNumber = (value: unknown): value is number => typeof value === 'number';
  localStorage.setItem('volume', '"loud"');
  const store = kept('volume', 0.5, isNumber);
  expect(store.get()).toBe(0.5);
  store.set(0.7);
  expect(kept('volume', 0, isNumber).get()).toBe(0.7);
});

it('copies by selection where there is no clipboard, as on plain http', async () => {
  vi.stubGlobal('navigator', {});
  document.execCommand = vi.fn(() => true);
  expect(await copyText('http://tv.lan/playlist.m3u8')).toBe(true);
  expect(document.execCommand).toHaveBeenCalledWith('copy');
  expect(document.querySelector('textarea')).toBeNull();
});
