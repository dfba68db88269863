import { type RefObject, useLayoutEffect, useState } from 'react';
import { columnsFor, type View } from './rows';

export interface GridShape {
  columns: number;
  /** How tall a row of tiles is, gap included: guessed until one is drawn. They are all alike. */
  rowHeight: number;
  /** Where the grid begins on the page. */
  top: number;
}

/** What the grid before this one came to: the next is drawn so at once, and nearly always stays so. */
let last: GridShape = { columns: 2, rowHeight: 200, top: 0 };

/** The grid's shape at its present width, and again whenever the page is resized or moved. */
export function useGridShape(grid: RefObject<HTMLElement | null>, view: View = 'grid'): GridShape {
  const [shape, setShape] = useState(last);

  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const measure = () => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      const columns = columnsFor(element.clientWidth, rem, view);
      const drawn = element.querySelector('[data-row]')?.getBoundingClientRect().height;
      const guess = view === 'list' ? 5.75 * rem : ((element.clientWidth / columns) * 10) / 16 + 6.6 * rem;
      const rowHeight = Math.round(drawn ?? guess);
      const top = Math.round(element.getBoundingClientRect().top + window.scrollY);
      if (last.columns !== columns || last.rowHeight !== rowHeight || last.top !== top)
        last = { columns, rowHeight, top };
      setShape(last);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    // The strip of events above appears and goes: the body's height tells of it.
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [grid, view]);

  return shape;
}
