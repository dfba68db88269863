import { queryOptions, useQuery } from '@tanstack/react-query';
import { CHANNELS_PER_REQUEST, POLL_WHILE_EMPTY_MS, POLL_WITHOUT_SOCKET_MS } from '@/config';
import { type Channel, type ChannelPage, type Group, getJson, withQuery } from '@/lib/api';
import { useLink } from '@/lib/useRealtime';

/** The whole list: the page filters and draws it without asking again. */
export interface ChannelList {
  version: string;
  groups: Group[];
  channels: Channel[];
}

export async function fetchChannels(signal?: AbortSignal): Promise<ChannelList> {
  const channels: Channel[] = [];
  let cursor: string | null | undefined;
  for (;;) {
    const path = withQuery('/api/channels', { limit: CHANNELS_PER_REQUEST, cursor });
    const page = await getJson<ChannelPage>(path, signal);
    channels.push(...page.channels);
    cursor = page.next_cursor;
    if (!cursor || page.channels.length === 0) {
      return { version: page.version, groups: page.groups, channels };
    }
  }
}

export function channelsOptions(socketIsUp: boolean) {
  return queryOptions({
    queryKey: ['channels', 'list'],
    queryFn: ({ signal }) => fetchChannels(signal),
    staleTime: 5 * 60_000,
    refetchInterval: (query) => {
      if (query.state.status === 'error' || query.state.data?.channels.length === 0)
        return POLL_WHILE_EMPTY_MS;
      return socketIsUp ? false : POLL_WITHOUT_SOCKET_MS;
    },
  });
}

export function useChannels() {
  return useQuery(channelsOptions(useLink() === 'up'));
}

export function fetchChannel(id: string, signal?: AbortSignal): Promise<Channel> {
  return getJson<Channel>(`/api/channels/${encodeURIComponent(id)}`, signal);
}

export function channelOptions(id: string) {
  return queryOptions({
    queryKey: ['channels', 'one', id],
    queryFn: ({ signal }) => fetchChannel(id, signal),
    staleTime: 60_000,
  });
}

/** One channel, asked for only while the list, which knows it as well, has not come or lacks it. */
export function useChannel(id: string, known: Channel | undefined) {
  return useQuery({ ...channelOptions(id), enabled: known === undefined });
}
