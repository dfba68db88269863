import type { Channel } from '@/lib/api';
import { words } from '@/words';

/** Which channels are next to one, pure. */

const SHOWN = 80;

/** The channel before and the one after, in the list's order and around its ends. */
export function neighbours(list: readonly Channel[], id: string): [Channel | undefined, Channel | undefined] {
  const at = list.findIndex((channel) => channel.id === id);
  if (at < 0 || list.length < 2) return [undefined, undefined];
  return [list.at(at - 1), list[(at + 1) % list.length]];
}

/** The channels of the same group, or of the whole list where it stands alone; of a large one, those nearby. */
export function around(
  list: readonly Channel[],
  channel: Channel,
): { title: string; channels: readonly Channel[] } {
  const grouped = channel.group === '' ? [] : list.filter(({ group }) => group === channel.group);
  const [title, all] =
    grouped.length > 1 ? [words.watch.moreIn(channel.group), grouped] : [words.watch.more, list];
  if (all.length <= SHOWN) return { title, channels: all };
  const at = all.findIndex(({ id }) => id === channel.id);
  const start = Math.max(0, Math.min(at - SHOWN / 2, all.length - SHOWN));
  return { title, channels: all.slice(start, start + SHOWN) };
}
