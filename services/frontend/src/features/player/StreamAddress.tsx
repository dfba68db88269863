import { CopyField } from '@/components/CopyField';
import { Icon } from '@/components/Icon';
import type { Channel } from '@/lib/api';
import { streamPath, vlcLink } from './address';
import styles from './StreamAddress.module.css';

/** The channel for other players: its address, and a way into VLC. */
export function StreamAddress({ channel }: { channel: Channel }) {
  const { href, download } = vlcLink(channel, location.origin, navigator.userAgent);
  return (
    <section className={styles.address} aria-label="Other players">
      <CopyField label="Stream address" value={`${location.origin}${streamPath(channel)}`} />
      <a className={styles.vlc} href={href} download={download}>
        <Icon name="external" />
        Open in VLC
      </a>
    </section>
  );
}
