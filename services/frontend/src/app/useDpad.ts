import { useEffect } from 'react';
import { type Arrow, nearest } from './direction';

const REACHABLE = 'a[href], button:not(:disabled), input:not([hidden]), select, summary, [tabindex="0"]';

/** Arrow keys move the focus, as a remote control's do, wherever nothing nearer has a use for them. */
export function useDpad(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const arrow = arrowOf(event);
      if (!arrow) return;
      const to = target(arrow);
      if (!to) return;
      event.preventDefault();
      to.focus({ preventScroll: true });
      to.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

function arrowOf({ key, target: on }: KeyboardEvent): Arrow | null {
  if (key !== 'ArrowLeft' && key !== 'ArrowRight' && key !== 'ArrowUp' && key !== 'ArrowDown') return null;
  if (!(on instanceof HTMLElement)) return key;
  const flat = key === 'ArrowLeft' || key === 'ArrowRight';
  // A text field keeps its cursor, a slider its value, a choice its options.
  if (on.matches('input[type="radio"], select, textarea')) return null;
  if (on.matches('input')) return flat ? null : key;
  return key;
}

function target(arrow: Arrow): HTMLElement | null {
  // What lies behind a dialog, or behind a picture that fills the screen, is out of reach.
  const room = document.querySelector('dialog[open]') ?? document.fullscreenElement ?? document;
  const all = [...room.querySelectorAll<HTMLElement>(REACHABLE)].filter(isThere);
  const from = document.activeElement;
  if (!(from instanceof HTMLElement) || !all.includes(from)) {
    // Nothing has the focus yet: only an arrow that means "begin" begins, with what the page is about.
    return arrow === 'ArrowDown' ? beginning(room, all.filter(isInView)) : null;
  }
  const over = layerOf(from);
  const others = all.filter((each) => each !== from);
  const beside = others.filter((each) => [null, over].includes(layerOf(each)));
  // What lies over the page is reached where the page itself has nothing more that way.
  return towards(from, beside, arrow) ?? towards(from, others, arrow);
}

function beginning(room: ParentNode, seen: readonly HTMLElement[]): HTMLElement | null {
  const main = room.querySelector('main') ?? room;
  const about = seen.filter((each) => main.contains(each));
  return about.find((each) => each.matches('[data-tile]')) ?? about[0] ?? null;
}

function towards(from: HTMLElement, others: readonly HTMLElement[], arrow: Arrow): HTMLElement | null {
  const index = nearest(
    from.getBoundingClientRect(),
    others.map((each) => each.getBoundingClientRect()),
    arrow,
  );
  return index === null ? null : (others[index] ?? null);
}

function layerOf(element: HTMLElement): Element | null {
  return element.closest('[data-over-page]');
}

function isThere(element: HTMLElement): boolean {
  return element.offsetParent !== null || getComputedStyle(element).position === 'fixed';
}

function isInView(element: HTMLElement): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && bottom <= window.innerHeight;
}
