import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import { HOUR } from '@/lib/time';
import { type Axis, BEFORE, SLOT, slotsOf } from './axis';
import type { GuideShape } from './useGuideShape';

export interface GuideView {
  rows: VirtualItem[];
  slots: VirtualItem[];
  /** The time that is drawn; a little more than is seen. */
  from: number;
  to: number;
  /** Whether nothing moves: then what is missing may be asked for. */
  still: boolean;
  /** The moment at the left edge, and how far down it is scrolled. */
  left: number;
  top: number;
  scrollToTime(at: number): void;
  showRow(row: number): void;
}

interface Scrolling {
  scroller: RefObject<HTMLDivElement | null>;
  shape: GuideShape;
  axis: Axis;
  rows: number;
  openedAt: number;
  onMove: (left: number) => void;
}

/** Which rows and half hours are near the window, and how to move it. */
export function useGuideScroll({ scroller, shape, axis, rows, openedAt, onMove }: Scrolling): GuideView {
  const slot = (SLOT / HOUR) * shape.hour;
  const xOf = (at: number) => ((at - axis.from) / HOUR) * shape.hour;
  const vertical = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => shape.row,
    paddingStart: shape.head,
    scrollPaddingStart: shape.head,
    overscan: 2,
  });
  const horizontal = useVirtualizer({
    horizontal: true,
    count: slotsOf(axis),
    getScrollElement: () => scroller.current,
    estimateSize: () => slot,
    paddingStart: shape.column,
    overscan: 1,
    initialOffset: () => xOf(openedAt - BEFORE),
  });
  const slots = horizontal.getVirtualItems();
  const from = axis.from + (slots[0]?.index ?? 0) * SLOT;
  const to = axis.from + ((slots.at(-1)?.index ?? 0) + 1) * SLOT;

  const still = !vertical.isScrolling && !horizontal.isScrolling;
  // As it was told last: to ask the element would have it laid out at once.
  const left = axis.from + ((horizontal.scrollOffset ?? 0) / shape.hour) * HOUR;
  useEffect(() => {
    if (still) onMove(left);
  }, [onMove, left, still]);

  // Another width of an hour: the same time stays at the left, whoever turned the phone was looking at it.
  const kept = useRef({ slot, left });
  // biome-ignore lint/correctness/useExhaustiveDependencies: with another slot `left` is wrong until it was scrolled.
  useLayoutEffect(() => {
    if (kept.current.slot === slot) kept.current.left = left;
    else scroller.current?.scrollTo({ left: xOf(kept.current.left) });
    kept.current.slot = slot;
  }, [slot, left]);

  // Another width of an hour, another list: both must be measured anew.
  useEffect(() => {
    if (slot > 0) horizontal.measure();
    if (shape.row > 0) vertical.measure();
  }, [slot, shape.row, horizontal, vertical]);

  return {
    rows: vertical.getVirtualItems(),
    slots,
    from,
    to,
    still,
    left,
    top: vertical.scrollOffset ?? 0,
    scrollToTime: (at) => scroller.current?.scrollTo({ left: Math.max(0, xOf(at - BEFORE)) }),
    showRow: (row) => vertical.scrollToIndex(row, { align: 'auto' }),
  };
}
