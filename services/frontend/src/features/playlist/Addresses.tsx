import { CopyField } from '@/components/CopyField';
import { QrCode } from '@/components/QrCode';
import { words } from '@/words';
import styles from './Addresses.module.css';

interface AddressesProps {
  playlist: string;
  guide: string;
}

/** The two addresses that a television app asks for, and the first one for a camera. */
export function Addresses({ playlist, guide }: AddressesProps) {
  return (
    <section className={styles.addresses} aria-label={words.playlist.addresses}>
      <div className={styles.fields}>
        <div>
          <h2 className={styles.label}>{words.playlist.channels}</h2>
          <CopyField label={words.playlist.playlistAddress} value={playlist} />
        </div>
        <div>
          <h2 className={styles.label}>{words.playlist.guide}</h2>
          <CopyField label={words.playlist.guideAddress} value={guide} />
        </div>
      </div>
      <figure className={styles.scan}>
        <QrCode text={playlist} label={words.playlist.code(playlist)} />
        <figcaption>{words.playlist.scan}</figcaption>
      </figure>
    </section>
  );
}
