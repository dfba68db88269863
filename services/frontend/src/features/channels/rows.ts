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

export type Sort = 'number' | 'name' | 'fastest';

export interface Choice {
  group: string;
  country: string;
  sort: Sort;
}

export const everything: Choice = { group: '', country: '', sort: 'number' };

/** The viewer's own, by title: favourites and what was watched last, each in its own order. */
export interface Own {
  title: string;
  key: string;
  ids: readonly string[];
}

/** The viewer's own channels first, then everything that fits the choice. Empty sections are left out. */
export function sectionsOf(
  channels: readonly Channel[],
  own: readonly Own[],
  choice: Choice,
  title: string,
  latencyOf: (id: string) => number = () => 0,
): Section[] {
  const fitting = channels.filter((channel) => fits(channel, choice));
  const byId = new Map(fitting.map((channel) => [channel.id, channel]));
  const mine = own.map((each) => ({
    key: each.key,
    title: each.title,
    channels: each.ids.flatMap((id) => byId.get(id) ?? []),
  }));
  const rest = { key: 'all', title, channels: sorted(fitting, choice.sort, latencyOf) };
  return [...mine, rest].filter((section) => section.channels.length > 0);
}

function fits(channel: Channel, { group, country }: Choice): boolean {
  return (group === '' || channel.group === group) && (country === '' || channel.country === country);
}

// Made when it is first needed, as all that knows languages: lib/naming.ts says why.
let collator: Intl.Collator | undefined;

function byName(one: string, other: string): number {
  collator ??= new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  return collator.compare(one, other);
}

function sorted(channels: Channel[], sort: Sort, latencyOf: (id: string) => number): Channel[] {
  switch (sort) {
    case 'number':
      return channels;
    case 'name':
      return channels.sort((one, other) => byName(one.name, other.name));
    case 'fastest':
      return channels.sort((one, other) => latencyOf(one.id) - latencyOf(other.id));
  }
}

/** The countries in a list and how many channels each has, the largest first. */
export function countriesOf(channels: readonly Channel[]): { code: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { country } of channels) if (country) counts.set(country, (counts.get(country) ?? 0) + 1);
  return [...counts]
    .map(([code, count]) => ({ code, count }))
    .sort((one, other) => other.count - one.count || one.code.localeCompare(other.code));
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

export type View = 'grid' | 'list';

/** Columns that fit: two on the smallest phone, tiles that stay about as wide as a hand elsewhere. */
export function columnsFor(width: number, rem: number, view: View = 'grid'): number {
  if (view === 'list') return Math.max(1, Math.floor(width / (30 * rem)));
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
