import { CopyField } from '@/components/CopyField';
import { Icon } from '@/components/Icon';
import { QrCode } from '@/components/QrCode';
import type { Channel } from '@/lib/api';
import { copyText } from '@/lib/clipboard';
import { showToast } from '@/lib/toasts';
import { words } from '@/words';
import { mpvCommand, playerLinks, streamPath, vlcLink } from './address';
import styles from './StreamAddress.module.css';

/** The channel for other players and other screens: its address, ways into them, and a code for a camera. */
export function StreamAddress({ channel }: { channel: Channel }) {
  const address = `${location.origin}${streamPath(channel)}`;
  const page = `${location.origin}/watch/${encodeURIComponent(channel.id)}`;
  const { href, download } = vlcLink(channel, location.origin, navigator.userAgent);
  return (
    <section className={styles.address} aria-label={words.watch.openIn}>
      <CopyField label={words.watch.copyAddress} value={address} />
      <div className={styles.ways}>
        <a className={styles.way} href={href} download={download}>
          <Icon name="external" />
          {words.watch.openVlc}
        </a>
        {playerLinks(address, navigator.userAgent).map((player) => (
          <a key={player.name} className={styles.way} href={player.href}>
            <Icon name="external" />
            {player.name}
          </a>
        ))}
        <button type="button" className={styles.way} onClick={() => copyForMpv(address)}>
          <Icon name="copy" />
          {words.watch.mpv}
        </button>
        <details className={styles.phone}>
          <summary className={styles.way}>
            <Icon name="phone" />
            {words.watch.onPhone}
          </summary>
          <figure className={styles.scan}>
            <QrCode text={page} label={`QR code of ${page}`} />
            <figcaption>{words.watch.onPhoneHint}</figcaption>
          </figure>
        </details>
      </div>
    </section>
  );
}

async function copyForMpv(address: string): Promise<void> {
  const command = mpvCommand(address);
  if (await copyText(command)) showToast({ id: 'mpv', title: words.watch.mpvCopied, detail: command });
}
