import { HOUR } from '@/lib/time';

/**
 * The guide is asked for by blocks, pure: so many channels for so many hours. A thousand channels for a week would
 * be a hundred megabytes; what is seen at once is in one to six blocks.
 */
export interface Block {
  from: number;
  to: number;
  ids: readonly string[];
}

export const BLOCK_ROWS = 25;
export const BLOCK_TIME = 8 * HOUR;

/** The blocks that a view touches. They lie on the clock and on the list, so that many viewers ask the same. */
export function blocksOf(
  ids: readonly string[],
  rows: { first: number; last: number },
  from: number,
  to: number,
): Block[] {
  const blocks: Block[] = [];
  const firstRow = Math.floor(rows.first / BLOCK_ROWS) * BLOCK_ROWS;
  for (let row = firstRow; row <= rows.last && row < ids.length; row += BLOCK_ROWS) {
    const some = ids.slice(row, row + BLOCK_ROWS);
    for (let at = Math.floor(from / BLOCK_TIME) * BLOCK_TIME; at < to; at += BLOCK_TIME) {
      blocks.push({ from: at, to: at + BLOCK_TIME, ids: some });
    }
  }
  return blocks;
}
