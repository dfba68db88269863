import { act, render } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchRush } from '@/lib/rush';
import { ChannelArt } from './ChannelArt';

watchRush(document);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

const picture = (container: HTMLElement) => container.querySelector('img')?.getAttribute('src') ?? null;

it('asks for its logo at once', () => {
  const { container } = render(<ChannelArt name="One" logo="/logo/one" />);
  expect(picture(container)).toBe('/logo/one');
});

it('asks for no logo while the page rushes past, and for all that stayed once it is calm', () => {
  const scroller = document.body.appendChild(document.createElement('div'));
  for (let step = 0; step < 3; step += 1) {
    vi.advanceTimersByTime(16);
    scroller.scrollTop += 500;
    scroller.dispatchEvent(new Event('scroll'));
  }
  const gone = render(<ChannelArt name="Two" logo="/logo/two" />);
  const stays = render(<ChannelArt name="Three" logo="/logo/three" eager />);
  expect([picture(gone.container), picture(stays.container)]).toEqual([null, null]);
  gone.unmount();
  act(() => vi.runAllTimers());
  expect(picture(stays.container)).toBe('/logo/three');
});
