import { ErrorDetails, ErrorTypes } from 'hls.js';
import { expect, it } from 'vitest';
import { type FatalError, faultOf } from './hlsFault';

const error = (type: ErrorTypes, details: ErrorDetails, code?: number): FatalError => ({
  type,
  details,
  ...(code === undefined ? {} : { response: { url: '', code, text: '', data: '' } }),
  networkDetails: null,
});

it.each([
  [
    error(ErrorTypes.NETWORK_ERROR, ErrorDetails.FRAG_LOAD_ERROR, 502),
    { kind: 'network', part: 'segment', status: 502 },
  ],
  [error(ErrorTypes.NETWORK_ERROR, ErrorDetails.FRAG_LOAD_TIMEOUT), { kind: 'network', part: 'segment' }],
  [
    error(ErrorTypes.NETWORK_ERROR, ErrorDetails.MANIFEST_LOAD_ERROR, 404),
    { kind: 'network', part: 'playlist', status: 404 },
  ],
  [error(ErrorTypes.NETWORK_ERROR, ErrorDetails.LEVEL_LOAD_ERROR, 0), { kind: 'network', part: 'playlist' }],
  [
    error(ErrorTypes.NETWORK_ERROR, ErrorDetails.KEY_LOAD_ERROR, 504),
    { kind: 'network', part: 'key', status: 504 },
  ],
  [error(ErrorTypes.MEDIA_ERROR, ErrorDetails.BUFFER_APPEND_ERROR), { kind: 'media' }],
  [error(ErrorTypes.MEDIA_ERROR, ErrorDetails.BUFFER_STALLED_ERROR), { kind: 'stalled' }],
  [error(ErrorTypes.MEDIA_ERROR, ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR), { kind: 'unsupported' }],
  [error(ErrorTypes.KEY_SYSTEM_ERROR, ErrorDetails.KEY_SYSTEM_NO_ACCESS), { kind: 'unsupported' }],
  [error(ErrorTypes.MUX_ERROR, ErrorDetails.FRAG_PARSING_ERROR), { kind: 'media' }],
])('translates $details', (of, fault) => {
  expect(faultOf(of)).toEqual(fault);
});

it('reads the problem that came with the answer', () => {
  const request = new XMLHttpRequest();
  const body = JSON.stringify({
    title: 'Timeout',
    status: 504,
    code: 'upstream_timeout',
    detail: 'No answer in 6 s.',
  });
  Object.defineProperty(request, 'responseText', { value: body });
  const of = {
    ...error(ErrorTypes.NETWORK_ERROR, ErrorDetails.LEVEL_LOAD_ERROR, 504),
    networkDetails: request,
  };
  expect(faultOf(of)).toMatchObject({ status: 504, code: 'upstream_timeout' });
});
