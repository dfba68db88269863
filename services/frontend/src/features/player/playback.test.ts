import { describe, expect, it } from 'vitest';
import { PLAYBACK_ATTEMPTS } from '@/config';
import { noticeOf } from './notice';
import { type Fault, type Playback, playback, type Signal, tuning } from './playback';

const segment: Fault = { kind: 'network', part: 'segment' };
const progress: Signal = { type: 'progress' };
const acted: Signal = { type: 'acted' };
const fault = (of: Fault): Signal => ({ type: 'fault', fault: of });
const reached = (...signals: Signal[]): Playback => signals.reduce(playback, tuning);

describe('playback', () => {
  it('plays once a picture moves', () => {
    expect(reached(progress)).toEqual({ kind: 'playing', attempt: 0 });
  });

  it.each<[string, Fault, string]>([
    ['a segment that did not come', segment, 'resume'],
    ['a segment whose ticket is too old', { kind: 'network', part: 'segment', status: 403 }, 'reload'],
    ['a playlist that did not come', { kind: 'network', part: 'playlist', status: 504 }, 'reload'],
    ['a key that did not come', { kind: 'network', part: 'key' }, 'reload'],
    ['a picture that cannot be decoded', { kind: 'media' }, 'recover-media'],
    ['a picture that stands still', { kind: 'stalled' }, 'resume'],
  ])('answers %s with the action that mends it', (_, of, action) => {
    expect(reached(progress, fault(of))).toMatchObject({ kind: 'recovering', action, attempt: 1 });
  });

  it('waits longer from attempt to attempt, and never longer than half a minute', () => {
    let state = reached(progress);
    const delays: number[] = [];
    for (let attempt = 0; attempt < PLAYBACK_ATTEMPTS; attempt += 1) {
      state = playback(state, fault(segment));
      if (state.kind === 'recovering') delays.push(state.delayMs);
      state = playback(state, acted);
    }
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('does what it decided, though the buffer still plays', () => {
    const broken = reached(progress, fault(segment));
    expect(playback(broken, progress)).toBe(broken);
    expect(reached(progress, fault(segment), progress, acted, progress)).toEqual({
      kind: 'playing',
      attempt: 1,
    });
  });

  it('counts a break once, whatever else is said of it before something was done', () => {
    const broken = reached(progress, fault(segment));
    expect(playback(broken, fault({ kind: 'stalled' }))).toBe(broken);
    const gone: Fault = { kind: 'network', part: 'playlist', status: 404 };
    expect(playback(broken, fault(gone))).toEqual({ kind: 'failed', fault: gone });
  });

  it('comes back no sooner than the server asked', () => {
    const busy: Fault = { kind: 'network', part: 'playlist', status: 503, retryAfterS: 12 };
    expect(reached(fault(busy))).toMatchObject({ delayMs: 12_000 });
  });

  it('rebuilds the player when recovering the decoder did not help twice', () => {
    const media = fault({ kind: 'media' });
    expect(reached(progress, media, acted, media, acted, media)).toMatchObject({ action: 'rebuild' });
  });

  it('gives up a stream that breaks again and again although it plays in between', () => {
    const once = [progress, fault(segment), acted];
    expect(reached(...Array.from({ length: PLAYBACK_ATTEMPTS + 1 }, () => once).flat()).kind).toBe('failed');
  });

  it('forgets earlier faults when playback was steady', () => {
    const state = reached(
      progress,
      fault(segment),
      acted,
      fault(segment),
      acted,
      progress,
      { type: 'steady' },
      fault(segment),
    );
    expect(state).toMatchObject({ kind: 'recovering', attempt: 1 });
  });

  it.each([401, 403, 404, 410])('does not ask again for a playlist that was answered with %i', (status) => {
    expect(reached(fault({ kind: 'network', part: 'playlist', status })).kind).toBe('failed');
  });

  it('stays failed whatever else goes wrong, until it is tuned again', () => {
    const failed = reached(fault({ kind: 'unsupported' }), fault(segment), progress);
    expect(failed.kind).toBe('failed');
    expect(playback(failed, { type: 'tune' })).toEqual(tuning);
  });
});

describe('notice', () => {
  it('says nothing while all is well', () => {
    expect(noticeOf(tuning)).toBeNull();
    expect(noticeOf(reached(progress))).toBeNull();
  });

  it('says what happened and what is being done', () => {
    expect(noticeOf(reached(progress, fault(segment), acted, fault(segment)))).toEqual({
      what: 'The stream broke off.',
      doing: `Picking it up again in 2 s. Attempt 2 of ${PLAYBACK_ATTEMPTS}.`,
      elsewhere: false,
      stopped: false,
    });
  });

  it("puts the gateway's code into words", () => {
    const refused: Fault = { kind: 'network', part: 'playlist', status: 502, code: 'upstream_refused' };
    expect(noticeOf(reached(fault(refused)))?.what).toBe('The channel’s source refused to deliver.');
    expect(noticeOf(reached(fault({ ...refused, code: 'brand_new' })))?.what).toBe(
      'The channel’s source does not deliver.',
    );
  });

  it('hands over to the viewer when it stopped', () => {
    const notice = noticeOf(reached(fault({ kind: 'network', part: 'playlist', status: 404 })));
    expect(notice).toMatchObject({ what: 'This channel is no longer in the list.', stopped: true });
  });
});
