/** The addresses that players are given, pure. */

/** What an address is narrowed to; nothing at all is everything. */
export interface Choice {
  groups: readonly string[];
  ids: readonly string[];
}

export const everything: Choice = { groups: [], ids: [] };

export interface PlayerAddresses {
  m3u: string;
  xmltv: string;
  /** Tuners know no query: what they are told is always everything. */
  tuner: string;
  xtream: { server: string; user: string; password: string };
}

/** Any name will do for Xtream; where no token is needed, any password. */
const ANY = 'tv';

export function addressesOf(origin: string, { groups, ids }: Choice, token: string | null): PlayerAddresses {
  const query = new URLSearchParams();
  for (const group of groups) query.append('group', group);
  if (ids.length > 0) query.set('ids', ids.join(','));
  if (token) query.set('token', token);
  const told = query.toString().replaceAll('%2C', ',');
  const led = (path: string) => `${origin}${path}${told && `?${told}`}`;
  return {
    m3u: led('/playlist.m3u8'),
    xmltv: led('/epg.xml'),
    tuner: token ? `${origin}/t/${encodeURIComponent(token)}` : origin,
    xtream: { server: origin, user: ANY, password: token ?? ANY },
  };
}

/** How many channels a choice comes to. */
export function countOf(channels: readonly { id: string; group: string }[], { groups, ids }: Choice): number {
  if (groups.length === 0 && ids.length === 0) return channels.length;
  return channels.filter(({ id, group }) => groups.includes(group) || ids.includes(id)).length;
}

export function toggled(list: readonly string[], value: string): readonly string[] {
  return list.includes(value) ? list.filter((each) => each !== value) : [...list, value];
}

/** Cameras read longer ones badly. */
export const QR_MOST = 700;
