import { StatusDot } from '@/components/StatusDot';
import type { Channel } from '@/lib/api';
import { country } from '@/lib/naming';
import { useChannelStatus } from '@/lib/useRealtime';
import { words } from '@/words';
import styles from './ChannelFacts.module.css';

const kinds = { hls: 'HLS', dash: 'DASH', ts: 'MPEG-TS' } as const;

/** What is known of a channel, in one quiet line. */
export function ChannelFacts({ channel }: { channel: Channel }) {
  const latency = useChannelStatus(channel.id)?.latency_ms;
  const facts = [
    channel.group,
    channel.country && country(channel.country),
    channel.radio && words.channels.radio,
    kinds[channel.kind],
    channel.streams > 1 && words.watch.streams(channel.streams),
    channel.sources.length > 0 && words.watch.from(channel.sources.join(', ')),
  ].filter(Boolean);
  return (
    <ul className={styles.facts} aria-label={words.watch.about}>
      <li>
        <StatusDot channelId={channel.id} label />
        {typeof latency === 'number' && (
          <span className={styles.latency}>{words.channels.latency(latency)}</span>
        )}
      </li>
      {facts.map((fact) => (
        <li key={String(fact)}>{fact}</li>
      ))}
    </ul>
  );
}
