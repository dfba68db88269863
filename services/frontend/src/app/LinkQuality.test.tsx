import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Realtime } from '@/lib/realtime';
import { RealtimeContext } from '@/lib/useRealtime';
import { judge, LinkQuality } from './LinkQuality';

describe('judge', () => {
  it.each([
    [false, undefined, 0, 'not connected'],
    [false, 20, 0, 'not connected'],
    [true, undefined, 3, 'connected'],
    [true, 150, 3, 'good, 150 ms'],
    [true, 151, 2, 'fair, 151 ms'],
    [true, 600, 2, 'fair, 600 ms'],
    [true, 601, 1, 'slow, 601 ms'],
    [true, 5_000, 1, 'no answer'],
  ])('up: %s, %s ms', (up, tookMs, bars, text) => {
    expect(judge(up, tookMs)).toEqual({ bars, text: `Live updates: ${text}` });
  });
});

it('shows the last ping of the connection there is', () => {
  const realtime = { link: () => 'up', onLink: () => () => {}, roundTripMs: () => 41.6 };
  render(
    <RealtimeContext value={realtime as unknown as Realtime}>
      <LinkQuality />
    </RealtimeContext>,
  );
  expect(screen.getByRole('img', { name: 'Live updates: good, 42 ms' }).dataset.bars).toBe('3');
});
