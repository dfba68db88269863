import { memo } from 'react';
import { Link } from 'wouter';
import { ChannelArt } from '@/components/ChannelArt';
import { Icon } from '@/components/Icon';
import { StatusDot } from '@/components/StatusDot';
import type { Channel } from '@/lib/api';
import { useChannelStatus } from '@/lib/useRealtime';
import { words } from '@/words';
import styles from './ChannelTile.module.css';
import { useFavourite } from './favourites';
import { OnAirLine } from './OnAirLine';

interface ChannelTileProps {
  channel: Channel;
  /** The title of the event that is live here, if there is one: it takes the programme's place. */
  onNow?: string | undefined;
  position: number;
  total: number;
}

/** A channel to pick: its picture first, then number, name, and what is on. */
export const ChannelTile = memo(function ChannelTile({ channel, onNow, position, total }: ChannelTileProps) {
  return (
    <li
      className={styles.tile}
      aria-setsize={total}
      aria-posinset={position + 1}
      data-testid="channel"
      data-channel-id={channel.id}
    >
      <Link
        className={styles.link ?? ''}
        href={`/watch/${encodeURIComponent(channel.id)}`}
        data-tile={position}
      >
        <span className={styles.art}>
          <ChannelArt name={channel.name} logo={channel.logo} eager />
        </span>
        <span className={styles.words}>
          <span className={styles.line}>
            <span className={styles.number}>{channel.number}</span>{' '}
            <span className={styles.name}>{channel.name}</span> <Latency channelId={channel.id} />
            <StatusDot channelId={channel.id} />
          </span>{' '}
          <OnAirLine channel={channel} live={onNow} />
        </span>
      </Link>
      <FavouriteButton channel={channel} />
    </li>
  );
});

function Latency({ channelId }: { channelId: string }) {
  const latency = useChannelStatus(channelId)?.latency_ms;
  if (typeof latency !== 'number') return null;
  return <span className={styles.latency}>{words.channels.latency(latency)}</span>;
}

function FavouriteButton({ channel }: { channel: Channel }) {
  const [isFavourite, toggle] = useFavourite(channel.id);
  return (
    <button
      type="button"
      className={styles.star}
      aria-pressed={isFavourite}
      aria-label={words.channels.favourite(channel.name)}
      onClick={toggle}
    >
      <Icon name="star" filled={isFavourite} />
    </button>
  );
}
