import type { Status } from '@/lib/api';
import { useChannelStatus } from '@/lib/useRealtime';
import styles from './StatusDot.module.css';

const words: Record<Status, string> = {
  online: 'Online',
  degraded: 'Unsteady',
  offline: 'Off air',
  unknown: 'Not checked yet',
};

/** How a channel is doing, told by shape as well as by colour. Unknown says nothing at all. */
export function StatusDot({ channelId, label = false }: { channelId: string; label?: boolean }) {
  const status = useChannelStatus(channelId)?.status ?? 'unknown';
  if (status === 'unknown' && !label) return null;
  return (
    <span className={styles.status} data-status={status} data-testid="status" title={words[status]}>
      <span className={styles.dot} aria-hidden="true" />
      <span className={label ? undefined : 'visually-hidden'}>{words[status]}</span>
    </span>
  );
}
