import shaka from 'shaka-player/dist/shaka-player.dash-es2021.js';
import { expect, it } from 'vitest';
import { faultOf, isSuperseded } from './dashFault';

const { Category, Code } = shaka.util.Error;
const { RequestType } = shaka.net.NetworkingEngine;

const error = (category: number, code: number, ...data: unknown[]) => ({ category, code, data });
const refused = (status: number, type: number, text = '', headers = {}) =>
  error(Category.NETWORK, Code.BAD_HTTP_STATUS, '/x', status, text, headers, type, '/x');

it.each([
  ['a segment refused', refused(403, RequestType.SEGMENT), { kind: 'network', part: 'segment', status: 403 }],
  ['no manifest', refused(404, RequestType.MANIFEST), { kind: 'network', part: 'playlist', status: 404 }],
  ['no key', refused(502, RequestType.KEY), { kind: 'network', part: 'key', status: 502 }],
  [
    'a segment too late',
    error(Category.NETWORK, Code.TIMEOUT, '/x', RequestType.SEGMENT),
    { kind: 'network', part: 'segment' },
  ],
  [
    'a manifest cut off',
    error(Category.NETWORK, Code.HTTP_ERROR, '/x', new Error(), RequestType.MANIFEST),
    { kind: 'network', part: 'playlist' },
  ],
  ['a segment left out', error(Category.NETWORK, Code.SEGMENT_MISSING), { kind: 'network', part: 'segment' }],
  [
    'a manifest that is none',
    error(Category.MANIFEST, Code.DASH_INVALID_XML, '/x'),
    { kind: 'network', part: 'playlist' },
  ],
  ['a refused buffer', error(Category.MEDIA, Code.MEDIA_SOURCE_OPERATION_FAILED), { kind: 'media' }],
  ['a decoder’s end', error(Category.MEDIA, Code.VIDEO_ERROR, 3), { kind: 'media' }],
  ['a codec unknown', error(Category.MANIFEST, Code.CONTENT_UNSUPPORTED_BY_BROWSER), { kind: 'unsupported' }],
  ['DRM', error(Category.DRM, Code.REQUESTED_KEY_SYSTEM_CONFIG_UNAVAILABLE), { kind: 'unsupported' }],
])('translates %s', (_, of, fault) => {
  expect(faultOf(of)).toEqual(fault);
});

it('reads the problem that came with the answer', () => {
  const body = JSON.stringify({ title: 'Busy', status: 503, code: 'no_capacity', detail: 'All 2 in use.' });
  expect(faultOf(refused(503, RequestType.MANIFEST, body, { 'retry-after': '12' }))).toEqual({
    kind: 'network',
    part: 'playlist',
    status: 503,
    code: 'no_capacity',
    retryAfterS: 12,
  });
});

it('takes a load that a later one replaced for no fault', () => {
  expect(isSuperseded(error(Category.PLAYER, Code.LOAD_INTERRUPTED))).toBe(true);
  expect(isSuperseded(refused(404, RequestType.MANIFEST))).toBe(false);
});
