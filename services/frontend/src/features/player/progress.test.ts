import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Signal } from './playback';
import { STALLED_AFTER_MS, STEADY_AFTER_MS, TUNING_FOR_MS, watchProgress } from './progress';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

class FakeVideo extends EventTarget {
  paused = false;
  readyState = 0;
  currentTime = 0;
  /** Play for a while, second by second, as a clock would. */
  play(seconds: number) {
    this.readyState = 4;
    for (let second = 0; second < seconds; second += 1) {
      this.currentTime += 1;
      vi.advanceTimersByTime(1_000);
    }
  }
}

function watched() {
  const video = new FakeVideo();
  const signals: Signal[] = [];
  const watch = watchProgress(video as unknown as HTMLVideoElement, (signal) => signals.push(signal));
  return { video, signals, watch, faults: () => signals.filter(({ type }) => type === 'fault').length };
}

it('reports progress, and steadiness after a while', () => {
  const { video, signals } = watched();
  video.play(3);
  expect(signals.at(-1)).toEqual({ type: 'progress' });
  video.play(STEADY_AFTER_MS / 1_000 + 1);
  expect(signals.at(-1)).toEqual({ type: 'steady' });
});

it('calls a first picture that never comes a fault', () => {
  const { faults } = watched();
  vi.advanceTimersByTime(TUNING_FOR_MS);
  expect(faults()).toBe(0);
  vi.advanceTimersByTime(2_000);
  expect(faults()).toBe(1);
});

it('calls a picture that stands still a fault, once', () => {
  const { video, faults } = watched();
  video.play(5);
  vi.advanceTimersByTime(STALLED_AFTER_MS + 2_000);
  expect(faults()).toBe(1);
});

it('leaves a paused picture alone', () => {
  const { video, faults } = watched();
  video.play(5);
  video.paused = true;
  vi.advanceTimersByTime(10 * STALLED_AFTER_MS);
  expect(faults()).toBe(0);
});

it('is silent once it is stopped', () => {
  const { video, signals, watch } = watched();
  watch.stop();
  video.play(5);
  vi.advanceTimersByTime(10 * TUNING_FOR_MS);
  expect(signals).toEqual([]);
});
