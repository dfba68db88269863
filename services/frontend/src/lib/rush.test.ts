import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isRushing, watchRush, whenCalm } from './rush';

let scroller: HTMLElement;
watchRush(document);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  scroller = document.body.appendChild(document.createElement('div'));
});
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

/** So many pixels in each of some steps of 16 ms. */
function scroll(pixels: number, steps = 5): void {
  for (let step = 0; step < steps; step += 1) {
    vi.advanceTimersByTime(16);
    scroller.scrollTop += pixels;
    scroller.dispatchEvent(new Event('scroll'));
  }
}

describe('rush', () => {
  it('is when it is faster than one can look', () => {
    scroll(200);
    expect(isRushing()).toBe(true);
  });

  it('is not when somebody reads', () => {
    scroll(20);
    expect(isRushing()).toBe(false);
  });

  it('is not a leap to another place', () => {
    scroll(0, 1);
    vi.advanceTimersByTime(5_000);
    scroll(8_000, 1);
    expect(isRushing()).toBe(false);
  });

  it('is over some moments later, and what waited is done then, once', () => {
    const work = vi.fn();
    scroll(200);
    whenCalm(work);
    vi.advanceTimersByTime(100);
    scroll(400, 1);
    vi.advanceTimersByTime(200);
    expect(work).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(isRushing()).toBe(false);
    scroll(200);
    vi.runAllTimers();
    expect(work).toHaveBeenCalledOnce();
  });

  it('does at once what need not wait', () => {
    const work = vi.fn();
    whenCalm(work);
    expect(work).toHaveBeenCalledOnce();
  });

  it('forgets what was called off', () => {
    const work = vi.fn();
    scroll(200);
    whenCalm(work)();
    vi.runAllTimers();
    expect(work).not.toHaveBeenCalled();
  });
});
