import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

/** What jsdom has no layout for. */
class NoResizes implements ResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

window.ResizeObserver = NoResizes;
window.scrollTo = () => {};
// Rows of no height would all be drawn at once, and from the wrong end.
Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { get: () => 200 });

afterEach(() => {
  cleanup();
  localStorage.clear();
});
