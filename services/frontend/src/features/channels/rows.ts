import type { Channel } from '@/lib/api';

/** The grid as rows, pure: a heading or some tiles side by side. */
export type Row =
  | { kind: 'heading'; key: string; title: string; count: number }
  | { kind: 'tiles'; key: string; first: number; channels: readonly Channel[] };

export interface Section {
  key: string;
  title: string;
  channels: readonly Channel[];
}

/** Favourites first, in their own order, then everything. A section's heading is left out where it would stand alone. */
export function sectionsOf(
  channels: readonly Channel[],
  favourites: readonly string[],
  group: string,
): Section[] {
  const inGroup = group === '' ? channels : channels.filter((channel) => channel.group === group);
  const byId = new Map(inGroup.map((channel) => [channel.id, channel]));
  const starred = favourites.flatMap((id) => byId.get(id) ?? []);
  const rest = { key: 'all', title: group === '' ? 'All channels' : group, channels: inGroup };
  return starred.length === 0
    ? [rest]
    : [{ key: 'favourites', title: 'Favourites', channels: starred }, rest];
}

export function rowsOf(sections: readonly Section[], columns: number): Row[] {
  const rows: Row[] = [];
  let first = 0;
  for (const section of sections) {
    rows.push({ kind: 'heading', key: section.key, title: section.title, count: section.channels.length });
    for (let start = 0; start < section.channels.length; start += columns) {
      const channels = section.channels.slice(start, start + columns);
      rows.push({ kind: 'tiles', key: `${section.key}-${start}`, first, channels });
      first += channels.length;
    }
  }
  return rows;
}

/** Columns that fit: two on the smallest phone, tiles that stay about as wide as a hand elsewhere. */
export function columnsFor(width: number, rem: number): number {
  const gap = 0.75 * rem;
  const tile = width < 34 * rem ? 9 * rem : 12.5 * rem;
  return Math.max(2, Math.floor((width + gap) / (tile + gap)));
}

/** Where an arrow key leads from tile `index`: a tile's index, or null at an edge. */
export function neighbour(rows: readonly Row[], index: number, key: string): number | null {
  const tiles = rows.flatMap((row) => (row.kind === 'tiles' ? [row] : []));
  const at = tiles.findIndex((row) => index >= row.first && index < row.first + row.channels.length);
  const row = tiles[at];
  const last = tiles.at(-1);
  if (!row || !last) return null;
  const column = index - row.first;
  const inRow = (other: (typeof tiles)[number] | undefined) =>
    other ? other.first + Math.min(column, other.channels.length - 1) : null;
  switch (key) {
    case 'ArrowLeft':
      return index > 0 ? index - 1 : null;
    case 'ArrowRight':
      return index < last.first + last.channels.length - 1 ? index + 1 : null;
    case 'ArrowUp':
      return inRow(tiles[at - 1]);
    case 'ArrowDown':
      return inRow(tiles[at + 1]);
    case 'Home':
      return 0;
    case 'End':
      return last.first + last.channels.length - 1;
    default:
      return null;
  }
}
