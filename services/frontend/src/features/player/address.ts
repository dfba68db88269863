import type { Channel } from '@/lib/api';

const extensions = { hls: 'm3u8', dash: 'mpd', ts: 'ts' } as const;

/** The channel's path on this gateway. */
export function streamPath(channel: Pick<Channel, 'id' | 'kind'>): string {
  return `/stream/${encodeURIComponent(channel.id)}.${extensions[channel.kind]}`;
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
