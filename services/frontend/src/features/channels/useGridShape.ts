import { type RefCallback, type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';
import { columnsFor, type View } from './rows';

export interface GridShape {
  columns: number;
  /** How tall a row of tiles is, gap included: reckoned until one is drawn. They are all alike. */
  rowHeight: number;
  headingHeight: number;
  /** Where the grid begins on the page. */
  top: number;
}

/** What the styles come to, in rem: a heading; what a tile has below its picture; a row of the list. */
const HEADING = 4;
const WORDS = 6.33;
const LINE = 5.88;

/** What the grid before this one came to: the next is drawn so at once, and nearly always stays so. */
let last: GridShape = { columns: 2, rowHeight: 200, headingHeight: 64, top: 0 };
/** Of which kind that was, and whether it was measured by a row or reckoned without one. */
let lastView: View | null = null;
let isMeasured = false;

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
    if (row && !isMeasured) observer.current?.observe(row);
  }, []);

  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const measure = () => {
      const next = shapeOf(element, view);
      const isAlike = view === lastView && next.columns === last.columns;
      const drawn = isAlike && element.querySelector('[data-row]')?.getBoundingClientRect().height;
      if (drawn) next.rowHeight = Math.round(drawn);
      else if (isAlike && isMeasured) next.rowHeight = last.rowHeight;
      isMeasured = Boolean(drawn) || (isAlike && isMeasured);
      lastView = view;
      if (!isSame(next, last)) last = next;
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

/** What it comes to by the styles alone. */
function shapeOf(element: HTMLElement, view: View): GridShape {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  const gap = Number.parseFloat(getComputedStyle(element).columnGap) || 0;
  const width = element.clientWidth;
  const columns = columnsFor(width, rem, view);
  const tile = (width - gap * (columns - 1)) / columns;
  return {
    columns,
    rowHeight: Math.round(view === 'list' ? LINE * rem : (tile * 10) / 16 + WORDS * rem),
    headingHeight: HEADING * rem,
    top: Math.round(element.getBoundingClientRect().top + window.scrollY),
  };
}

function isSame(one: GridShape, other: GridShape): boolean {
  return (Object.keys(one) as (keyof GridShape)[]).every((key) => one[key] === other[key]);
}
