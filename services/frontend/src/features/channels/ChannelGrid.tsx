import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type KeyboardEvent,
  type RefCallback,
  useCallback,
  useDeferredValue,
  useLayoutEffect,
  useMemo,
  useRef,
} from 'react';
import styles from './ChannelGrid.module.css';
import { ChannelTile } from './ChannelTile';
import { useOnAirOf } from './programmes';
import { neighbour, type Row, rowsOf, type Section, type View } from './rows';
import { useGridShape } from './useGridShape';

interface ChannelGridProps {
  sections: readonly Section[];
  /** Channel id -> title of the event that is live on it. */
  onNow: ReadonlyMap<string, string>;
  view?: View;
}

/** All channels, of which only the rows near the window are in the document. Arrow keys move between tiles. */
export function ChannelGrid({ sections, onNow, view = 'grid' }: ChannelGridProps) {
  const grid = useRef<HTMLDivElement>(null);
  const [shape, observeRow] = useGridShape(grid, view);
  const rows = useMemo(() => rowsOf(sections, shape.columns), [sections, shape.columns]);
  const total = sections.reduce((sum, section) => sum + section.channels.length, 0);

  // With another function it would reckon all rows anew, at each step of the wheel.
  const getItemKey = useCallback(
    (index: number) => `${view}-${shape.columns}-${rows[index]?.key}`,
    [view, shape.columns, rows],
  );
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => (rows[index]?.kind === 'heading' ? shape.headingHeight : shape.rowHeight),
    getItemKey,
    overscan: 2,
    scrollMargin: shape.top,
    initialOffset: () => window.scrollY,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: the virtualizer keeps what it reckoned until it is told.
  useLayoutEffect(() => virtual.measure(), [shape.rowHeight, shape.headingHeight]);

  const drawn = virtual.getVirtualItems();
  const bottom = (virtual.scrollOffset ?? 0) + window.innerHeight;
  useOnAirOf(idsIn(drawn.map(({ index }) => rows[index])));

  const focusTile = (index: number) => {
    const row = rows.findIndex((each) => each.kind === 'tiles' && index < each.first + each.channels.length);
    virtual.scrollToIndex(row, { align: 'auto' });
    // A far row is drawn only after the scroll has happened.
    let tries = 20;
    const focus = () => {
      const tile = grid.current?.querySelector<HTMLElement>(`[data-tile="${index}"]`);
      if (tile) tile.focus();
      else if (tries-- > 0) requestAnimationFrame(focus);
    };
    focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const tile = (event.target as HTMLElement).dataset.tile;
    if (tile === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbour(rows, Number(tile), event.key);
    if (next === null) return;
    event.preventDefault();
    focusTile(next);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrows are a shortcut; every tile is a link of its own.
    <div
      ref={grid}
      className={styles.grid}
      style={{ height: virtual.getTotalSize(), '--columns': shape.columns } as CSSProperties}
      onKeyDown={onKeyDown}
      data-testid="channel-grid"
      data-view={view}
    >
      {drawn.map((item) => {
        const row = rows[item.index];
        if (!row) return null;
        return (
          <div
            key={item.key}
            className={styles.row}
            style={{
              transform: `translateY(${item.start - virtual.options.scrollMargin}px)`,
              height: item.size,
            }}
          >
            {row.kind === 'heading' ? (
              <h2 className={styles.heading}>
                <span className={styles.title}>{row.title}</span>{' '}
                <span className={styles.count}>{row.count.toLocaleString()}</span>
              </h2>
            ) : (
              <Tiles
                row={row}
                total={total}
                onNow={onNow}
                measured={observeRow}
                atOnce={!virtual.isScrolling && item.start < bottom}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}

/** A section's tile may come twice; sorted, so that the same screen is the same question. */
function idsIn(rows: readonly (Row | undefined)[]): string {
  const ids = rows.flatMap((row) => (row?.kind === 'tiles' ? row.channels.map(({ id }) => id) : []));
  return [...new Set(ids)].sort().join(',');
}

interface TilesProps {
  row: Row & { kind: 'tiles' };
  total: number;
  onNow: ReadonlyMap<string, string>;
  measured: RefCallback<HTMLElement>;
  /** Whether it is drawn with the window; else it keeps its place until the browser has a moment. */
  atOnce: boolean;
}

/** A row of tiles. What rushes past, or lies below the window, is nothing that a frame should wait for. */
function Tiles({ row, total, onNow, measured, atOnce }: TilesProps) {
  const isDrawn = useDeferredValue(true, atOnce);
  if (!isDrawn) return null;
  return (
    <ul ref={measured} className={styles.tiles} data-row>
      {row.channels.map((channel, index) => (
        <ChannelTile
          key={channel.id}
          channel={channel}
          onNow={onNow.get(channel.id)}
          position={row.first + index}
          total={total}
        />
      ))}
    </ul>
  );
}
