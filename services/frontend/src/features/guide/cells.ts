import type { Programme } from '@/lib/api';

/** A channel's row as cells side by side, pure: programmes, what no guide tells of, and what is still on its way. */

export interface Showing {
  kind: 'programme';
  start: number;
  stop: number;
  programme: Programme;
}

/** A part of a channel's guide that is known: all that is on in it, in order. */
export interface Part {
  from: number;
  to: number;
  showings: readonly Showing[];
}

export type Cell =
  | Showing
  | { kind: 'gap'; start: number; stop: number }
  | { kind: 'waiting'; start: number; stop: number };

/** The cells that are seen between `from` and `to`. They keep their own edges, so that they stay the same ones. */
export function cellsOf(parts: readonly Part[], from: number, to: number): Cell[] {
  const cells: Cell[] = [];
  let place = Math.min(from, parts[0]?.from ?? from);
  const fill = (kind: 'gap' | 'waiting', stop: number) => {
    if (stop <= place) return;
    const last = cells.at(-1);
    if (last?.kind === kind && last.stop === place) last.stop = stop;
    else cells.push({ kind, start: place, stop });
    place = stop;
  };
  for (const part of parts) {
    fill('waiting', part.from);
    for (const showing of part.showings) {
      if (showing.stop <= place) continue;
      fill('gap', showing.start);
      cells.push(showing);
      place = showing.stop;
    }
    fill('gap', part.to);
  }
  fill('waiting', to);
  return cells.filter((cell) => cell.stop > from && cell.start < to);
}

/** The cell that is on at a moment. */
export function cellAt(cells: readonly Cell[], at: number): Cell | undefined {
  return cells.find((cell) => cell.start <= at && at < cell.stop);
}
