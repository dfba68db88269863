import { type RefObject, useLayoutEffect, useState } from 'react';

/** What the guide measures, in pixels. */
export interface GuideShape {
  hour: number;
  row: number;
  /** The channels' column and the line of hours. */
  column: number;
  head: number;
  /** Where it begins on the page: it ends where the window does. */
  top: number;
}

const WIDE = { hour: 17, row: 4.75, column: 15.5, head: 2.5 };
const NARROW = { hour: 12, row: 4.75, column: 5.25, head: 2.25 };

export function useGuideShape(frame: RefObject<HTMLElement | null>): GuideShape | null {
  const [shape, setShape] = useState<GuideShape | null>(null);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      const { hour, row, column, head } = element.clientWidth < 45 * rem ? NARROW : WIDE;
      const top = Math.round(element.getBoundingClientRect().top + window.scrollY);
      setShape((old) =>
        old && old.hour === hour * rem && old.top === top
          ? old
          : { hour: hour * rem, row: row * rem, column: column * rem, head: head * rem, top },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    observer.observe(document.body);
    // What lies above it may change its height after all else has.
    for (let above = element.previousElementSibling; above; above = above.previousElementSibling)
      observer.observe(above);
    return () => observer.disconnect();
  }, [frame]);
  return shape;
}
