import { useChannelStatus } from '@/lib/useRealtime';
import { words } from '@/words';
import styles from './StatusDot.module.css';

/** How a channel is doing, told by shape as well as by colour. Unknown says nothing at all. */
export function StatusDot({ channelId, label = false }: { channelId: string; label?: boolean }) {
  const status = useChannelStatus(channelId)?.status ?? 'unknown';
  if (status === 'unknown' && !label) return null;
  return (
    <span className={styles.status} data-status={status} data-testid="status" title={words.statuses[status]}>
      <span className={styles.dot} aria-hidden="true" />
      <span className={label ? undefined : 'visually-hidden'}>{words.statuses[status]}</span>
    </span>
  );
}
