import { type CSSProperties, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Channel } from '@/lib/api';
import { HOUR, useNow } from '@/lib/time';
import { words } from '@/words';
import { useBlocks } from './api';
import { type Axis, SLOT, slotsOf } from './axis';
import { blocksOf } from './blocks';
import { cellsOf, type Showing } from './cells';
import styles from './Guide.module.css';
import { GuideRow } from './GuideRow';
import { Hours } from './Hours';
import { useGuideCursor } from './useGuideCursor';
import { useGuideScroll } from './useGuideScroll';
import { type GuideShape, useGuideShape } from './useGuideShape';

/** What the page around it may have it do. */
export interface GuideHandle {
  leapTo(at: number): void;
}

interface GuideProps {
  channels: readonly Channel[];
  /** What was asked for: the list of another wish begins at its top, whatever the channels are called meanwhile. */
  wish: string;
  axis: Axis;
  onChoose: (channel: Channel, showing: Showing | null) => void;
  /** Told the moment at the left edge as the view moves. */
  onMove: (left: number) => void;
  ref: React.Ref<GuideHandle>;
}

/** All channels by time. Of rows and of hours only those near the window are in the document. */
export function Guide(props: GuideProps) {
  const frame = useRef<HTMLDivElement>(null);
  const shape = useGuideShape(frame);
  return (
    <div
      ref={frame}
      className={styles.frame}
      style={{ '--top': shape ? `${shape.top}px` : undefined } as CSSProperties}
    >
      {shape && <Table shape={shape} {...props} />}
    </div>
  );
}

function Table({ shape, channels, wish, axis, onChoose, onMove, ref }: GuideProps & { shape: GuideShape }) {
  const scroller = useRef<HTMLDivElement>(null);
  const now = useNow(30_000);
  const [opened] = useState(now);
  const width = shape.column + slotsOf(axis) * (SLOT / HOUR) * shape.hour;
  const x = (at: number) => shape.column + ((at - axis.from) / HOUR) * shape.hour;
  const view = useGuideScroll({ scroller, shape, axis, rows: channels.length, openedAt: opened, onMove });
  const { from, to, rows, still } = view;

  const ids = useMemo(() => channels.map(({ id }) => id), [channels]);
  const blocks = useMemo(
    () => blocksOf(ids, { first: rows[0]?.index ?? 0, last: rows.at(-1)?.index ?? 0 }, from, to),
    [ids, rows, from, to],
  );
  const { parts, error } = useBlocks(blocks, still);
  const cellsAt = (row: number) => {
    const id = ids[row];
    return id === undefined ? [] : cellsOf(parts[id] ?? [], from, to);
  };
  const cursor = useGuideCursor({ scroller, shape, axis, rows: channels.length, view, x, cellsAt });

  useImperativeHandle(ref, () => ({
    leapTo(at) {
      view.scrollToTime(at);
      cursor.moveTo(at);
    },
  }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another wish is the reason, not a part of it.
  useLayoutEffect(() => scroller.current?.scrollTo({ top: 0 }), [wish]);

  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      aria-label={words.guide.title}
      aria-rowcount={channels.length + 1}
      aria-busy={!still}
      data-testid="guide"
      style={{ '--column': `${shape.column}px`, '--head': `${shape.head}px` } as CSSProperties}
      onKeyDown={cursor.onKeyDown}
      onFocus={cursor.onFocus}
      onBlur={cursor.onBlur}
      onWheel={cursor.letGo}
      onTouchMove={cursor.letGo}
    >
      <div className={styles.canvas} style={{ width, height: shape.head + channels.length * shape.row }}>
        <Hours view={view} shape={shape} x={x} failed={error !== null && Object.keys(parts).length === 0} />
        {rows.map(({ index, start, key }) => {
          const channel = channels[index];
          if (!channel) return null;
          return (
            <GuideRow
              key={key}
              channel={channel}
              parts={parts[channel.id]}
              from={from}
              to={to}
              now={now}
              at={cursor.row === index ? cursor.at : null}
              onChannel={cursor.row === index && cursor.at === null}
              index={index}
              top={start}
              height={shape.row}
              origin={axis.from}
              column={shape.column}
              hour={shape.hour}
              onChoose={onChoose}
            />
          );
        })}
      </div>
    </div>
  );
}
