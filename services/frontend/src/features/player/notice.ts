import { PLAYBACK_ATTEMPTS } from '@/config';
import { duration } from '@/lib/time';
import { words } from '@/words';
import type { Fault, Playback, RecoveryAction } from './playback';

/** What the viewer is told: what happened, in one sentence, and what is being done about it. */
export interface PlayerNotice {
  what: string;
  doing: string;
  /** Whether it is the viewer's turn. */
  stopped: boolean;
  /** Trying again is of no use here, another player is. */
  elsewhere: boolean;
}

/** Null while there is nothing to say. */
export function noticeOf(state: Playback): PlayerNotice | null {
  switch (state.kind) {
    case 'tuning':
    case 'playing':
      return null;
    case 'recovering':
      return {
        what: happened(state.fault),
        doing: doing(state.action, state.delayMs, state.attempt),
        stopped: false,
        elsewhere: false,
      };
    case 'failed':
      return {
        what: happened(state.fault),
        doing: advice(state.fault),
        stopped: true,
        elsewhere: state.fault.kind === 'unsupported',
      };
  }
}

function happened(fault: Fault): string {
  return fault.kind === 'network' ? network(fault) : words.happened[fault.kind];
}

function network({ part, status, code }: Extract<Fault, { kind: 'network' }>): string {
  if (status === 404 && part === 'playlist') return words.happened.gone;
  if ((status === 401 || status === 403) && part === 'playlist') return words.happened.refused;
  const codes: Readonly<Record<string, string>> = words.happened.codes;
  const known = code === undefined ? undefined : codes[code];
  if (known) return known;
  if (status === 504) return words.happened.timeout;
  return status !== undefined && status >= 500 ? words.happened.broken : words.happened[part];
}

function doing(action: RecoveryAction, delayMs: number, attempt: number): string {
  const soon = delayMs < 1_000 ? words.doing.now : words.doing.soon(duration(delayMs));
  return words.doing[action](soon, attempt > 1 ? words.doing.attempt(attempt, PLAYBACK_ATTEMPTS) : '');
}

function advice(fault: Fault): string {
  if (fault.kind === 'unsupported') return words.advice.elsewhere;
  if (fault.kind !== 'network' || fault.part !== 'playlist') return words.advice.waiting;
  if (fault.status === 404) return words.advice.another;
  return fault.status === 401 || fault.status === 403 ? words.advice.token : words.advice.waiting;
}
