import { CopyField } from '@/components/CopyField';
import { Pill } from '@/components/Pill';
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
        <Pill as="a" icon="external" href={href} download={download}>
          {words.watch.openVlc}
        </Pill>
        {playerLinks(address, navigator.userAgent).map((player) => (
          <Pill as="a" icon="external" key={player.name} href={player.href}>
            {player.name}
          </Pill>
        ))}
        <Pill as="button" icon="copy" onClick={() => copyForMpv(address)}>
          {words.watch.mpv}
        </Pill>
        <details className={styles.phone}>
          <Pill as="summary" icon="phone">
            {words.watch.onPhone}
          </Pill>
          <figure className={styles.scan}>
            <QrCode text={page} label={words.playlist.qrOf(page)} />
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
