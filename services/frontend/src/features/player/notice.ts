import { PLAYBACK_ATTEMPTS } from '@/config';
import { duration } from '@/lib/time';
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
  switch (fault.kind) {
    case 'media':
      return 'The picture could not be decoded.';
    case 'stalled':
      return 'No new picture has arrived for a while.';
    case 'unsupported':
      return 'This browser cannot play this channel’s picture or sound format.';
    case 'network':
      return network(fault);
  }
}

function network({ part, status, code }: Extract<Fault, { kind: 'network' }>): string {
  if (status === 404 && part === 'playlist') return 'This channel is no longer in the list.';
  if ((status === 401 || status === 403) && part === 'playlist') return 'This gateway wants an access token.';
  const known = code === undefined ? undefined : upstream[code];
  if (known) return known;
  if (status === 504) return 'The channel’s source did not answer in time.';
  if (status !== undefined && status >= 500) return 'The channel’s source does not deliver.';
  if (part === 'key') return 'The key to the stream did not arrive.';
  return part === 'playlist' ? 'The gateway does not answer.' : 'The stream broke off.';
}

/** The gateway's codes, for whoever sits on the sofa: its own `detail` names hosts and is for the operator. */
const upstream: Readonly<Record<string, string>> = {
  no_capacity: 'All of the source’s connections are in use.',
  upstream_timeout: 'The channel’s source did not answer in time.',
  upstream_unreachable: 'The channel’s source cannot be reached.',
  upstream_refused: 'The channel’s source refused to deliver.',
  upstream_forbidden: 'The channel’s source leads to an address that this gateway does not open.',
  upstream_broken: 'The channel’s source broke off.',
  upstream_unreadable: 'The channel’s source names no stream at the moment.',
  upstream_not_playlist: 'The channel’s source sent something that is no stream.',
};

function doing(action: RecoveryAction, delayMs: number, attempt: number): string {
  const soon = delayMs < 1_000 ? 'now' : `in ${duration(delayMs)}`;
  const count = attempt > 1 ? ` Attempt ${attempt} of ${PLAYBACK_ATTEMPTS}.` : '';
  switch (action) {
    case 'resume':
      return `Picking it up again ${soon}.${count}`;
    case 'reload':
      return `Asking for it again ${soon}.${count}`;
    case 'recover-media':
      return `Restarting the decoder ${soon}.${count}`;
    case 'rebuild':
      return `Starting the player afresh ${soon}.${count}`;
  }
}

function advice(fault: Fault): string {
  if (fault.kind === 'unsupported') return 'It may play in VLC: the address is below.';
  if (fault.kind === 'network' && fault.status === 404) return 'Pick another one from the list.';
  if (
    fault.kind === 'network' &&
    fault.part === 'playlist' &&
    (fault.status === 401 || fault.status === 403)
  ) {
    return 'Open the page with the address you were given.';
  }
  return 'It was tried several times. It starts by itself when the channel is back.';
}
