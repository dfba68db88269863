import { addFavourites, favouriteIds, isIds } from './favourites';
import { recentIds, replaceRecents } from './recents';

/** What this device keeps of a viewer, as a file for another device. */

const VERSION = 1;

export function exported(): string {
  return JSON.stringify({ version: VERSION, favourites: favouriteIds(), recents: recentIds() }, null, 2);
}

/** Take a file in: favourites are added to those that are here. False where it is no such file. */
export function imported(text: string): number | null {
  const file = parsed(text);
  if (!file) return null;
  addFavourites(file.favourites);
  if (recentIds().length === 0) replaceRecents(file.recents);
  return file.favourites.length;
}

function parsed(text: string): { favourites: string[]; recents: string[] } | null {
  try {
    const file: unknown = JSON.parse(text);
    if (typeof file !== 'object' || file === null || !('favourites' in file)) return null;
    const recents = 'recents' in file && isIds(file.recents) ? file.recents : [];
    return isIds(file.favourites) ? { favourites: file.favourites, recents } : null;
  } catch {
    return null;
  }
}
