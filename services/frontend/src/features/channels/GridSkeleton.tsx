import { type CSSProperties, useRef } from 'react';
import { words } from '@/words';
import styles from './GridSkeleton.module.css';
import { useGridShape } from './useGridShape';

const TILES = Array.from({ length: 24 }, (_, index) => index);

/** The grid's outline while the list is on its way: the page does not jump when it comes. */
export function GridSkeleton() {
  const grid = useRef<HTMLDivElement>(null);
  const [{ columns }] = useGridShape(grid);
  return (
    <div ref={grid} role="status" aria-label={words.channels.loading}>
      <div className={styles.grid} style={{ '--columns': columns } as CSSProperties} aria-hidden="true">
        {TILES.map((tile) => (
          <span key={tile} className={styles.tile} />
        ))}
      </div>
    </div>
  );
}
