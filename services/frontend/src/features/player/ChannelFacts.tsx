import { StatusDot } from '@/components/StatusDot';
import type { Channel } from '@/lib/api';
import { country } from '@/lib/naming';
import { useChannelStatus } from '@/lib/useRealtime';
import styles from './ChannelFacts.module.css';

const kinds = { hls: 'HLS', dash: 'DASH', ts: 'MPEG-TS' } as const;

/** What is known of a channel, in one quiet line. */
export function ChannelFacts({ channel }: { channel: Channel }) {
  const latency = useChannelStatus(channel.id)?.latency_ms;
  const facts = [
    channel.group,
    channel.country && country(channel.country),
    channel.radio && 'Radio',
    kinds[channel.kind],
    channel.streams > 1 && `${channel.streams} streams`,
    channel.sources.length > 0 && `from ${channel.sources.join(', ')}`,
  ].filter(Boolean);
  return (
    <ul className={styles.facts} aria-label="About this channel">
      <li>
        <StatusDot channelId={channel.id} label />
        {typeof latency === 'number' && <span className={styles.latency}>{Math.round(latency)} ms</span>}
      </li>
      {facts.map((fact) => (
        <li key={String(fact)}>{fact}</li>
      ))}
    </ul>
  );
}
