import { PLAYBACK_ATTEMPTS } from '@/config';

/**
 * What the player is doing, as a type, and how it moves on. Pure: no timers, no video, no library.
 *
 *     tuning ──progress──> playing <──progress── recovering
 *        └──────fault────────┴──────fault──────────┘   │
 *                                       fault, again and again
 *                                                       ▼
 *                        tune, again <────────────── failed
 *
 * `attempt` counts faults since playback was last steady, so that a stream which breaks every few
 * seconds is given up in the end although it plays in between.
 *
 * What was decided is done: until then neither a picture that goes on out of the buffer nor a further fault
 * changes anything, for the engine has given up, and what it says of the same break is no news.
 */
export type Playback =
  | { kind: 'tuning' }
  | { kind: 'playing'; attempt: number }
  | {
      kind: 'recovering';
      fault: Fault;
      action: RecoveryAction;
      delayMs: number;
      attempt: number;
      acted: boolean;
    }
  | { kind: 'failed'; fault: Fault };

/** What went wrong, in the player's own words: whoever drives a video element translates into these. */
export type Fault =
  | {
      kind: 'network';
      part: 'playlist' | 'segment' | 'key';
      status?: number;
      code?: string;
      retryAfterS?: number;
    }
  | { kind: 'media' }
  | { kind: 'stalled' }
  | { kind: 'unsupported' };

/**
 * reload         fetch the playlist anew, from its address
 * resume         go on loading where it broke off
 * recover-media  give the decoder a fresh start on the same data
 * rebuild        a new player on the same element
 */
export type RecoveryAction = 'reload' | 'resume' | 'recover-media' | 'rebuild';

export type Signal =
  | { type: 'tune' }
  | { type: 'progress' }
  | { type: 'steady' }
  | { type: 'acted' }
  | { type: 'fault'; fault: Fault };

export const tuning: Playback = { kind: 'tuning' };

export function playback(state: Playback, signal: Signal): Playback {
  switch (signal.type) {
    case 'tune':
      return tuning;
    case 'progress':
      if (state.kind === 'playing' || state.kind === 'failed' || isPending(state)) return state;
      return { kind: 'playing', attempt: attemptOf(state) };
    case 'steady':
      return state.kind === 'playing' && state.attempt > 0 ? { kind: 'playing', attempt: 0 } : state;
    case 'acted':
      return state.kind === 'recovering' ? { ...state, acted: true } : state;
    case 'fault':
      if (state.kind === 'failed' || (isPending(state) && !isFinal(signal.fault))) return state;
      return afterFault(signal.fault, attemptOf(state) + 1);
  }
}

function isPending(state: Playback): boolean {
  return state.kind === 'recovering' && !state.acted;
}

function afterFault(fault: Fault, attempt: number): Playback {
  if (isFinal(fault) || attempt > PLAYBACK_ATTEMPTS) return { kind: 'failed', fault };
  return {
    kind: 'recovering',
    fault,
    action: actionFor(fault, attempt),
    delayMs: delayFor(fault, attempt),
    attempt,
    acted: false,
  };
}

/** Faults that trying again cannot mend. A 403 for a segment is no such one: its ticket is only too old. */
export function isFinal(fault: Fault): boolean {
  if (fault.kind === 'unsupported') return true;
  if (fault.kind !== 'network' || fault.part !== 'playlist') return false;
  return fault.status === 401 || fault.status === 403 || fault.status === 404 || fault.status === 410;
}

function actionFor(fault: Fault, attempt: number): RecoveryAction {
  switch (fault.kind) {
    case 'media':
      return attempt <= 2 ? 'recover-media' : 'rebuild';
    case 'stalled':
      return attempt <= 1 ? 'resume' : 'rebuild';
    case 'network': {
      const refused = fault.status !== undefined && fault.status >= 400 && fault.status < 500;
      return fault.part === 'segment' && !refused && attempt <= 2 ? 'resume' : 'reload';
    }
    case 'unsupported':
      return 'rebuild';
  }
}

/** 1, 2, 4 … 30 s; at once for the decoder; what the server asks for, where it asks. */
function delayFor(fault: Fault, attempt: number): number {
  if (fault.kind === 'media' && attempt <= 2) return 0;
  if (fault.kind === 'stalled' && attempt <= 1) return 0;
  const asked = fault.kind === 'network' ? (fault.retryAfterS ?? 0) * 1_000 : 0;
  return Math.min(60_000, Math.max(asked, Math.min(30_000, 1_000 * 2 ** (attempt - 1))));
}

function attemptOf(state: Playback): number {
  return state.kind === 'playing' || state.kind === 'recovering' ? state.attempt : 0;
}
