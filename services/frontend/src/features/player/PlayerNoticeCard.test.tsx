import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { noticeOf } from './notice';
import { PlayerNoticeCard } from './PlayerNoticeCard';
import { type Fault, type Playback, playback, tuning } from './playback';

const after = (of: Fault): Playback =>
  playback(playback(tuning, { type: 'progress' }), { type: 'fault', fault: of });
const failed = (of: Fault): Playback => ({ kind: 'failed', fault: of });

function card(state: Playback) {
  const notice = noticeOf(state);
  if (!notice) throw new Error('there is nothing to say');
  const told = { onAgain: vi.fn(), onNext: vi.fn() };
  render(<PlayerNoticeCard notice={notice} {...told} elsewhere={{ href: '/x.m3u', download: 'x.m3u' }} />);
  return told;
}

const network = (part: 'playlist' | 'segment' | 'key', rest: object = {}): Fault => ({
  kind: 'network',
  part,
  ...rest,
});

it.each<[string, Fault, string, string]>([
  ['a break', network('segment'), 'The stream broke off.', 'Picking it up again in 1 s.'],
  ['a gateway away', network('playlist'), 'The gateway does not answer.', 'Asking for it again in 1 s.'],
  ['no key', network('key'), 'The key to the stream did not arrive.', 'Asking for it again in 1 s.'],
  [
    'a slow source',
    network('playlist', { status: 504 }),
    'The channel’s source did not answer in time.',
    'Asking for it again in 1 s.',
  ],
  [
    'a full source',
    network('playlist', { status: 503, code: 'no_capacity', retryAfterS: 10 }),
    'All of the source’s connections are in use.',
    'Asking for it again in 10 s.',
  ],
  ['a decoder', { kind: 'media' }, 'The picture could not be decoded.', 'Restarting the decoder now.'],
  ['a pause', { kind: 'stalled' }, 'No new picture has arrived for a while.', 'Picking it up again now.'],
])(
  'of %s says what happened and what is being done, and does it at once if asked',
  async (_, of, what, doing) => {
    const { onAgain } = card(after(of));
    expect(screen.getByText(what)).toBeTruthy();
    expect(screen.getByText(doing)).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Try now' }));
    expect(onAgain).toHaveBeenCalledOnce();
  },
);

it.each<[string, Fault, string]>([
  ['a channel gone', network('playlist', { status: 404 }), 'Pick another one from the list.'],
  ['a token wanted', network('playlist', { status: 401 }), 'Open the page with the address you were given.'],
  [
    'attempts in vain',
    network('segment'),
    'It was tried several times. It starts by itself when the channel is back.',
  ],
])('after %s it is the viewer’s turn', async (_, of, advice) => {
  const { onNext } = card(failed(of));
  expect(screen.getByText(advice)).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Next channel' }));
  expect(onNext).toHaveBeenCalledOnce();
});

it('sends to another player what no browser here can play', () => {
  card(after({ kind: 'unsupported' }));
  expect(screen.getByRole('link', { name: 'Open in VLC' })).toHaveProperty('download', 'x.m3u');
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});
