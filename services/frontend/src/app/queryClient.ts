import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '@/lib/api';

/** Lists are renewed when we are told of a change, so nothing is refetched for a glance at another window. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 2 && (!(error instanceof ApiError) || error.temporary),
        retryDelay: (failures) => Math.min(8_000, 600 * 2 ** failures),
        // A gateway on the LAN is reachable while the internet is not.
        networkMode: 'always',
      },
    },
  });
}
