import { ChannelArt } from '@/components/ChannelArt';
import type { Channel } from '@/lib/api';
import styles from './ExternalOnly.module.css';

const kinds = { hls: 'HLS', dash: 'DASH', ts: 'a continuous MPEG-TS stream' } as const;

/** In place of the player, for the kinds that this page does not play yet. */
export function ExternalOnly({ channel }: { channel: Channel }) {
  return (
    <div className={styles.external} data-testid="external-only">
      <span className={styles.art}>
        <ChannelArt name={channel.name} logo={channel.logo} eager />
      </span>
      <p className={styles.text}>
        {channel.name} comes as {kinds[channel.kind]}. That plays in VLC, Kodi and other players for now: its
        address is below.
      </p>
    </div>
  );
}
