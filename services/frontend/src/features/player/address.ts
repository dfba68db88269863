import type { Channel } from '@/lib/api';

const extensions = { hls: 'm3u8', dash: 'mpd', ts: 'ts' } as const;

/** The channel's path on this gateway, as the kind that it is. */
export function streamPath(channel: Pick<Channel, 'id' | 'kind'>): string {
  return `/stream/${encodeURIComponent(channel.id)}.${extensions[channel.kind]}`;
}

/** What this page plays of a channel. */
export interface Playable {
  protocol: 'hls' | 'dash';
  src: string;
}

/** No browser plays endless MPEG-TS: the gateway gives it as HLS, too. */
export function playable({ id, kind }: Pick<Channel, 'id' | 'kind'>): Playable {
  switch (kind) {
    case 'hls':
    case 'ts':
      return { protocol: 'hls', src: streamPath({ id, kind: 'hls' }) };
    case 'dash':
      return { protocol: 'dash', src: streamPath({ id, kind }) };
  }
}

/** Players that have a scheme of their own, by the systems they exist for. */
export function playerLinks(address: string, userAgent: string): { name: string; href: string }[] {
  if (/Mac OS X|iPhone|iPad/.test(userAgent)) {
    return [{ name: 'IINA', href: `iina://weblink?url=${encodeURIComponent(address)}` }];
  }
  return /Windows/.test(userAgent) ? [{ name: 'PotPlayer', href: `potplayer://${address}` }] : [];
}

/** Nothing is registered for mpv: it is started from a terminal. */
export function mpvCommand(address: string): string {
  return `mpv '${address}'`;
}

export interface VlcLink {
  href: string;
  /** The name of a file to save, where a file is what VLC is opened with. */
  download?: string;
}

/** Phones hand vlc:// addresses to VLC; on a desktop nothing is registered for them, but a playlist file opens it. */
export function vlcLink(channel: Channel, origin: string, userAgent: string): VlcLink {
  if (/Android|iPhone|iPad|iPod/.test(userAgent)) return { href: `vlc://${origin}${streamPath(channel)}` };
  return { href: `/playlist.m3u8?ids=${encodeURIComponent(channel.id)}`, download: `${channel.id}.m3u` };
}
