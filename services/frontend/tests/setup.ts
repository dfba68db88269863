import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';

// Pages come as modules of their own: the first one to ask for one waits until it is translated.
configure({ asyncUtilTimeout: 8_000 });

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
