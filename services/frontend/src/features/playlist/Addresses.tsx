import { CopyField } from '@/components/CopyField';
import { QrCode } from '@/components/QrCode';
import styles from './Addresses.module.css';

interface AddressesProps {
  playlist: string;
  guide: string;
}

/** The two addresses that a television app asks for, and the first one for a camera. */
export function Addresses({ playlist, guide }: AddressesProps) {
  return (
    <section className={styles.addresses} aria-label="Addresses">
      <div className={styles.fields}>
        <div>
          <h2 className={styles.label}>Channels</h2>
          <CopyField label="Playlist address" value={playlist} />
        </div>
        <div>
          <h2 className={styles.label}>Guide</h2>
          <CopyField label="Guide address" value={guide} />
        </div>
      </div>
      <figure className={styles.scan}>
        <QrCode text={playlist} label={`QR code of ${playlist}`} />
        <figcaption>Scan to open the playlist on a phone</figcaption>
      </figure>
    </section>
  );
}
