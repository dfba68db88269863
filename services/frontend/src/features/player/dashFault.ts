import shaka from 'shaka-player/dist/shaka-player.dash-es2021.js';
import { parseProblem } from '@/lib/api';
import type { Fault } from './playback';

const { Category, Code } = shaka.util.Error;
const { RequestType } = shaka.net.NetworkingEngine;

/** The parts of Shaka's error that decide. What `data` holds depends on the code. */
export interface DashError {
  category: number;
  code: number;
  data: readonly unknown[];
}

/** Whether an error only says that a later call took a load's place, or that the player was closed. */
export function isSuperseded(error: DashError): boolean {
  return error.category === Category.PLAYER;
}

/** Whether something did not arrive, so that asking again may help. */
export function isLoading(error: DashError): boolean {
  return error.category === Category.NETWORK;
}

/** Translate an error of Shaka that ended something. This is the only place that knows its words. */
export function faultOf(error: DashError): Fault {
  if (UNSUPPORTED.has(error.code) || error.category === Category.DRM) return { kind: 'unsupported' };
  if (error.category === Category.NETWORK) {
    return { kind: 'network', part: partOf(error), ...answerOf(error) };
  }
  // A manifest that makes no sense may make some the next time.
  if (error.category === Category.MANIFEST) return { kind: 'network', part: 'playlist' };
  return { kind: 'media' };
}

const UNSUPPORTED = new Set<number>([
  Code.CONTENT_UNSUPPORTED_BY_BROWSER,
  Code.RESTRICTIONS_CANNOT_BE_MET,
  Code.DASH_UNSUPPORTED_CONTAINER,
  Code.DASH_UNSUPPORTED_ESSENTIAL_PROPERTY,
]);

/** Where in an error's data it says what was asked for. */
const REQUEST_TYPE_AT = new Map<number, number>([
  [Code.BAD_HTTP_STATUS, 4],
  [Code.HTTP_ERROR, 2],
  [Code.TIMEOUT, 1],
]);

function partOf({ code, data }: DashError): 'playlist' | 'segment' | 'key' {
  const asked = data[REQUEST_TYPE_AT.get(code) ?? -1];
  if (asked === RequestType.MANIFEST) return 'playlist';
  return asked === RequestType.KEY ? 'key' : 'segment';
}

function answerOf({ code, data }: DashError): { status?: number; code?: string; retryAfterS?: number } {
  if (code !== Code.BAD_HTTP_STATUS) return {};
  const [, status, text, headers] = data as [string, number, string | null, Record<string, string>];
  const problem = parseProblem(text ?? '')?.code;
  const retryAfterS = Number(headers['retry-after'] ?? 0);
  return {
    status,
    ...(problem ? { code: problem } : {}),
    ...(retryAfterS > 0 ? { retryAfterS } : {}),
  };
}
