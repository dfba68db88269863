import { type RefCallback, type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';
import { columnsFor, type View } from './rows';

export interface GridShape {
  columns: number;
  /** How tall a row of tiles is, gap included: guessed until one is drawn. They are all alike. */
  rowHeight: number;
  headingHeight: number;
  /** Where the grid begins on the page. */
  top: number;
}

/** What ChannelGrid.module.css says of a heading. */
const HEADING_REM = 4;

/** What the grid before this one came to: the next is drawn so at once, and nearly always stays so. */
let last: GridShape = { columns: 2, rowHeight: 200, headingHeight: 64, top: 0 };
let lastView: View | null = null;

/**
 * The grid's shape at its present width, and again whenever the page is resized or moved; and the ref of each row of
 * tiles, so that the first to be drawn tells how tall they are.
 */
export function useGridShape(
  grid: RefObject<HTMLElement | null>,
  view: View = 'grid',
): [GridShape, RefCallback<HTMLElement>] {
  const [shape, setShape] = useState(last);
  const observer = useRef<ResizeObserver>(null);
  const observeRow = useCallback((row: HTMLElement | null) => {
    const watching = observer.current;
    if (!row || !watching) return;
    watching.observe(row);
    return () => watching.unobserve(row);
  }, []);

  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const measure = () => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      const columns = columnsFor(element.clientWidth, rem, view);
      const drawn = element.querySelector('[data-row]')?.getBoundingClientRect().height;
      const guess = view === 'list' ? 5.75 * rem : ((element.clientWidth / columns) * 10) / 16 + 6.6 * rem;
      const rowHeight = Math.round(drawn || guess);
      const top = Math.round(element.getBoundingClientRect().top + window.scrollY);
      const next = { columns, rowHeight, headingHeight: HEADING_REM * rem, top };
      if (!isSame(next, last)) last = next;
      lastView = view;
      setShape(last);
    };
    // What has to be laid out to be measured is laid out here and now. After one of its kind the observer will do: it
    // tells once that is done anyway.
    if (lastView !== view) measure();
    observer.current = new ResizeObserver(measure);
    observer.current.observe(element);
    // The strip of events above appears and goes: the body's height tells of it.
    observer.current.observe(document.body);
    return () => {
      observer.current?.disconnect();
      observer.current = null;
    };
  }, [grid, view]);

  return [shape, observeRow];
}

function isSame(one: GridShape, other: GridShape): boolean {
  return (Object.keys(one) as (keyof GridShape)[]).every((key) => one[key] === other[key]);
}
