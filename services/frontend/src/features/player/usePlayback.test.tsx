import { act, renderHook } from '@testing-library/react';
import { aChannel } from '@tests/records';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { playable } from './address';
import type { Engine, EngineListener } from './engine';
import type { Fault, RecoveryAction, Signal } from './playback';
import { usePlayback } from './usePlayback';

/** The hook that drives an engine, against one that does nothing but take notes. */

const stage = vi.hoisted(() => ({
  opened: [] as { src: string; listener: unknown }[],
  acted: [] as string[],
  closed: 0,
  arrives: true,
  signal: (_: unknown) => {},
}));

vi.mock('./engine', () => ({
  noEngine: {},
  openEngine: async (_: HTMLVideoElement, { src }: { src: string }, listener: unknown) => {
    if (!stage.arrives) throw new Error('the file is gone');
    stage.opened.push({ src, listener });
    return {
      act: (action: RecoveryAction) => stage.acted.push(action),
      chooseQuality() {},
      chooseVoice() {},
      chooseSubtitle() {},
      close: async () => {
        stage.closed += 1;
      },
    } satisfies Engine;
  },
}));
vi.mock('./progress', () => ({
  watchProgress: (_: HTMLVideoElement, signal: (signal: unknown) => void) => {
    stage.signal = signal;
    return { grace() {}, stop() {} };
  },
}));

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(stage, { opened: [], acted: [], closed: 0, arrives: true });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const element = { current: document.createElement('video') };
const segment: Fault = { kind: 'network', part: 'segment' };
const gone: Fault = { kind: 'network', part: 'playlist', status: 404 };
const settled = () => act(async () => {});
const later = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const signal = (of: Signal) => act(async () => stage.signal(of));
const fault = (of: Fault) =>
  act(async () => (stage.opened.at(-1)?.listener as EngineListener | undefined)?.fault(of));

async function tuned(id = 'ch-1') {
  const hook = renderHook(
    ({ id: channelId }) => usePlayback(element, channelId, playable(aChannel({ id: channelId }))),
    {
      initialProps: { id },
    },
  );
  await settled();
  return hook;
}

it('tunes in, and plays once a picture moves', async () => {
  const { result } = await tuned();
  expect(result.current.state.kind).toBe('tuning');
  await signal({ type: 'progress' });
  expect(result.current.state.kind).toBe('playing');
});

it.each<[string, Fault, RecoveryAction]>([
  ['a segment that did not come', segment, 'resume'],
  ['a picture that cannot be decoded', { kind: 'media' }, 'recover-media'],
  ['a source that failed', { kind: 'network', part: 'playlist', status: 502 }, 'reload'],
  ['a picture that stands still', { kind: 'stalled' }, 'resume'],
])('has the engine do what mends %s, once, after its delay', async (_, of, action) => {
  const { result } = await tuned();
  await signal({ type: 'progress' });
  await fault(of);
  expect(result.current.state).toMatchObject({ kind: 'recovering', action });
  await later(5_000);
  expect(stage.acted).toEqual([action]);
  await signal({ type: 'progress' });
  expect(result.current.state.kind).toBe('playing');
});

it('leaves alone what trying again cannot mend, until the viewer asks', async () => {
  const { result } = await tuned();
  await fault(gone);
  await later(120_000);
  expect(stage.acted).toEqual([]);
  expect(result.current.state).toEqual({ kind: 'failed', fault: gone });
  act(() => result.current.again());
  await settled();
  expect(result.current.state.kind).toBe('tuning');
  expect(stage.opened).toHaveLength(2);
});

it('opens the next channel once the one before has let go of the element', async () => {
  const { rerender } = await tuned('ch-1');
  rerender({ id: 'ch-2' });
  await settled();
  expect(stage.closed).toBe(1);
  expect(stage.opened.map(({ src }) => src)).toEqual(['/stream/ch-1.m3u8', '/stream/ch-2.m3u8']);
});

it('hears nothing of a channel that it has left', async () => {
  const { result, rerender } = await tuned('ch-1');
  const before = stage.opened[0]?.listener as EngineListener;
  rerender({ id: 'ch-2' });
  await settled();
  act(() => before.fault(gone));
  expect(result.current.state.kind).toBe('tuning');
});

it('tries again by itself where its own code did not arrive', async () => {
  stage.arrives = false;
  const { result } = await tuned();
  expect(result.current.state).toMatchObject({ kind: 'recovering', action: 'reload' });
  stage.arrives = true;
  await later(5_000);
  expect(stage.opened).toHaveLength(1);
});

it('gives up in the end where its own code never arrives', async () => {
  stage.arrives = false;
  const { result } = await tuned();
  for (let attempt = 0; attempt < 9; attempt += 1) await later(60_000);
  expect(result.current.state.kind).toBe('failed');
});

/** An element that a browser would say this of. */
function says(facts: { paused: boolean; played: number }) {
  const { paused, played } = facts;
  vi.spyOn(element.current, 'paused', 'get').mockReturnValue(paused);
  vi.spyOn(element.current, 'played', 'get').mockReturnValue({ length: played } as TimeRanges);
  return vi.spyOn(element.current, 'play').mockResolvedValue();
}
const ready = () => act(async () => (stage.opened.at(-1)?.listener as EngineListener | undefined)?.ready());

it.each([
  ['leaves a picture paused that was paused when it broke off', { paused: true, played: 1 }, 0],
  ['starts one again that was playing', { paused: false, played: 1 }, 1],
  ['starts one that has not begun', { paused: true, played: 0 }, 1],
] as const)('%s', async (_, facts, starts) => {
  await tuned();
  const play = says(facts);
  await fault({ kind: 'network', part: 'playlist', status: 502 });
  await later(5_000);
  await ready();
  expect(play).toHaveBeenCalledTimes(starts);
});

it('starts a paused picture for a viewer who asks for it again', async () => {
  const { result } = await tuned();
  await fault(gone);
  const play = says({ paused: true, played: 1 });
  act(() => result.current.again());
  await settled();
  await ready();
  expect(play).toHaveBeenCalledOnce();
});

it('plays without sound where the browser wants a tap first, and with it from then on', async () => {
  const { result } = await tuned();
  const refused = new DOMException('no gesture', 'NotAllowedError');
  says({ paused: false, played: 0 }).mockRejectedValueOnce(refused);
  await ready();
  expect(result.current.withheld).toBe('sound');
  expect(element.current.muted).toBe(true);
  act(() => result.current.unsilence());
  expect(result.current.withheld).toBe('nothing');
  expect(element.current.muted).toBe(false);
});

it('asks for the sound again on the next channel', async () => {
  const { rerender } = await tuned('ch-1');
  says({ paused: false, played: 0 });
  element.current.muted = true;
  rerender({ id: 'ch-2' });
  await settled();
  await ready();
  expect(element.current.muted).toBe(false);
});

it('comes back by itself when the network does', async () => {
  const { result } = await tuned();
  for (let attempt = 0; attempt < 9; attempt += 1) {
    await fault(segment);
    await later(60_000);
  }
  expect(result.current.state.kind).toBe('failed');
  act(() => {
    window.dispatchEvent(new Event('online'));
  });
  await settled();
  expect(result.current.state.kind).toBe('tuning');
});
