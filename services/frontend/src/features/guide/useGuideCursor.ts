import {
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { HOUR, MINUTE } from '@/lib/time';
import type { Axis } from './axis';
import { type Cell, cellAt } from './cells';
import type { GuideView } from './useGuideScroll';
import type { GuideShape } from './useGuideShape';

/** The row that has the focus and the moment in it; `at` null is the channel itself, left of its programmes. */
interface Cursor {
  row: number;
  at: number | null;
}

interface CursorOf {
  scroller: RefObject<HTMLDivElement | null>;
  shape: GuideShape;
  axis: Axis;
  rows: number;
  view: GuideView;
  x: (at: number) => number;
  cellsAt: (row: number) => readonly Cell[];
}

/**
 * One cell at a time can be reached by Tab, and arrows move from it as a remote control's do: across by programme,
 * up and down at the same time of day. What is not drawn yet is scrolled to and gets the focus once it is there;
 * so does the programme that arrives where "loading" had it.
 */
export function useGuideCursor({ scroller, shape, axis, rows, view, x, cellsAt }: CursorOf) {
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const wanted = useRef(false);
  const first = firstSeen(view, shape);
  const isDrawn = cursor !== null && view.rows.some(({ index }) => index === cursor.row);
  const shown: Cursor = isDrawn ? cursor : { row: first, at: seenTime(view, cursor?.at ?? null) };

  useLayoutEffect(() => {
    if (!wanted.current || !isDrawn) return;
    const cell = scroller.current?.querySelector<HTMLElement>('[data-cursor="true"]');
    const active = document.activeElement;
    const free = active === document.body || scroller.current?.contains(active);
    if (cell && cell !== active && free) cell.focus({ preventScroll: true });
  });

  const go = (to: Cursor) => {
    wanted.current = true;
    view.showRow(to.row);
    if (to.at !== null) showTime(scroller.current, shape, x, cellAt(cellsAt(to.row), to.at), to.at);
    setCursor(to);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement)) return;
    if (event.target.closest('[data-row]') === null) return;
    const to = step(event.key, shown, {
      cells: cellsAt(shown.row),
      rows,
      page: Math.max(1, view.rows.length - 6),
      left: Math.max(axis.from, view.left),
      axis,
    });
    if (to === null) return;
    event.preventDefault();
    go(to);
  };

  const onFocus = ({ target }: FocusEvent<HTMLElement>) => {
    const row = target.closest<HTMLElement>('[data-row]')?.dataset.row;
    if (row === undefined) return;
    wanted.current = true;
    const { start, stop } = target.dataset;
    const at =
      start === undefined || stop === undefined ? null : within(shown.at, Number(start), Number(stop), view);
    if (Number(row) !== shown.row || at !== shown.at || cursor === null) setCursor({ row: Number(row), at });
  };

  return {
    row: shown.row,
    at: shown.at,
    onKeyDown,
    onFocus,
    onBlur: ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget instanceof Node && !scroller.current?.contains(relatedTarget)) wanted.current = false;
    },
    /** Whoever scrolls by hand looks elsewhere. */
    letGo: () => {
      wanted.current = false;
    },
    moveTo: (at: number) => setCursor((old) => ({ row: old?.row ?? first, at })),
  };
}

interface Around {
  cells: readonly Cell[];
  rows: number;
  page: number;
  left: number;
  axis: Axis;
}

/** Where a key leads; null where it leads out of the guide, or means nothing. */
export function step(key: string, { row, at }: Cursor, around: Around): Cursor | null {
  const { cells, rows, page, left, axis } = around;
  const here = at === null ? undefined : cellAt(cells, at);
  switch (key) {
    case 'ArrowRight': {
      if (at === null) return { row, at: left + MINUTE };
      const next = here ? here.stop : at + HOUR / 2;
      return next < axis.to ? { row, at: next } : null;
    }
    case 'ArrowLeft': {
      if (at === null) return null;
      const before = (here ? Math.min(here.start, at) : at) - MINUTE;
      return { row, at: before > axis.from ? before : null };
    }
    case 'ArrowUp':
      return row > 0 ? { row: row - 1, at } : null;
    case 'ArrowDown':
      return row < rows - 1 ? { row: row + 1, at } : null;
    case 'PageUp':
      return row > 0 ? { row: Math.max(0, row - page), at } : null;
    case 'PageDown':
      return row < rows - 1 ? { row: Math.min(rows - 1, row + page), at } : null;
    case 'Home':
      return { row, at: null };
    default:
      return null;
  }
}

function firstSeen(view: GuideView, shape: GuideShape): number {
  const row = view.rows.find(({ start, size }) => start + size / 2 > view.top + shape.head);
  return row?.index ?? 0;
}

function seenTime(view: GuideView, at: number | null): number {
  const left = view.left + 21 * MINUTE;
  return at !== null && at >= left && at < view.to ? at : left;
}

/** Keep the time of day where the cell has it; else the first part of it that is seen. */
function within(at: number | null, start: number, stop: number, view: GuideView): number {
  if (at !== null && start <= at && at < stop) return at;
  return Math.min(stop - 1, Math.max(start, view.left));
}

/** Bring a cell into view, its beginning first. */
function showTime(
  element: HTMLDivElement | null,
  shape: GuideShape,
  x: (at: number) => number,
  cell: Cell | undefined,
  at: number,
): void {
  if (!element) return;
  const width = element.clientWidth - shape.column;
  const known = cell && cell.kind !== 'waiting' ? cell : { start: at, stop: at + HOUR / 2 };
  const start = x(known.start) - shape.column;
  const stop = x(Math.min(known.stop, known.start + 3 * HOUR)) - shape.column;
  const seen = element.scrollLeft;
  if (start < seen)
    element.scrollLeft = at <= known.start + MINUTE ? start : Math.min(seen, x(at) - shape.column);
  else if (stop > seen + width) element.scrollLeft = Math.min(start, stop - width);
}
