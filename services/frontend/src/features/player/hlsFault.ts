import type { ErrorData } from 'hls.js';
import { parseProblem } from '@/lib/api';
import type { Fault } from './playback';

/** The parts of hls.js's error that decide; the rest of it is for its own logs. */
export type FatalError = Pick<ErrorData, 'type' | 'details' | 'response' | 'networkDetails'>;

/** Translate a fatal error of hls.js. This is the only place that knows its words. */
export function faultOf(error: FatalError): Fault {
  if (UNSUPPORTED.has(error.details) || error.type === 'keySystemError') return { kind: 'unsupported' };
  if (error.type === 'mediaError' || error.type === 'muxError') {
    return error.details === 'bufferStalledError' ? { kind: 'stalled' } : { kind: 'media' };
  }
  return { kind: 'network', part: partOf(error.details), ...answerOf(error) };
}

const UNSUPPORTED = new Set<string>([
  'manifestIncompatibleCodecsError',
  'bufferIncompatibleCodecsError',
  'bufferAddCodecError',
]);

function partOf(details: string): 'playlist' | 'segment' | 'key' {
  if (details.startsWith('frag')) return 'segment';
  return details.startsWith('key') ? 'key' : 'playlist';
}

function answerOf(error: FatalError): { status?: number; code?: string; retryAfterS?: number } {
  const status = error.response?.code;
  const request = error.networkDetails instanceof XMLHttpRequest ? error.networkDetails : null;
  const code = request ? parseProblem(textOf(request))?.code : undefined;
  const retryAfterS = Number(request?.getResponseHeader('Retry-After') ?? 0);
  return {
    ...(status ? { status } : {}),
    ...(code ? { code } : {}),
    ...(retryAfterS > 0 ? { retryAfterS } : {}),
  };
}

function textOf(request: XMLHttpRequest): string {
  if (request.responseType === '' || request.responseType === 'text') return request.responseText;
  return request.response instanceof ArrayBuffer ? new TextDecoder().decode(request.response) : '';
}
