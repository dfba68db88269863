import { type ReactNode, useState } from 'react';
import { CopyField } from '@/components/CopyField';
import { Icon } from '@/components/Icon';
import { QrCode } from '@/components/QrCode';
import { words } from '@/words';
import styles from './Addresses.module.css';
import { type PlayerAddresses, QR_MOST } from './addresses';

const says = words.playlist;
type Scanned = 'm3u' | 'xmltv' | 'tuner';

/** Every address that a player may ask for, each to copy, one of them as a code for a camera. */
export function Addresses({ addresses }: { addresses: PlayerAddresses }) {
  const [scanned, setScanned] = useState<Scanned>('m3u');
  const { m3u, xmltv, tuner, xtream } = addresses;
  const text = addresses[scanned];
  const scan = (which: Scanned) => ({ pressed: scanned === which, onPress: () => setScanned(which) });
  return (
    <section className={styles.addresses} aria-label={says.addresses}>
      <div className={styles.fields}>
        <Address name={says.m3u} hint={says.m3uHint} scan={scan('m3u')}>
          <CopyField label={says.m3uLabel} value={m3u} />
        </Address>
        <Address name={says.xmltv} hint={says.xmltvHint} scan={scan('xmltv')}>
          <CopyField label={says.xmltvLabel} value={xmltv} />
        </Address>
        <Address name={says.tuner} hint={says.tunerHint} scan={scan('tuner')}>
          <CopyField label={says.tunerLabel} value={tuner} />
        </Address>
        <Address name={says.xtream} hint={says.xtreamHint}>
          <div className={styles.xtream}>
            <CopyField label={says.server} value={xtream.server} />
            <CopyField label={says.user} value={xtream.user} />
            <CopyField label={says.password} value={xtream.password} />
          </div>
        </Address>
      </div>
      <figure className={styles.scan}>
        {text.length > QR_MOST ? (
          <p className={styles.long}>{says.tooLong}</p>
        ) : (
          <QrCode text={text} label={says.qrOf(text)} />
        )}
        <figcaption>{says.scan[scanned]}</figcaption>
      </figure>
    </section>
  );
}

interface AddressProps {
  name: string;
  hint: string;
  scan?: { pressed: boolean; onPress: () => void };
  children: ReactNode;
}

function Address({ name, hint, scan, children }: AddressProps) {
  return (
    <div>
      <div className={styles.head}>
        <h2 className={styles.label}>
          {name} <small>{hint}</small>
        </h2>
        {scan && (
          <button
            type="button"
            className={styles.code}
            aria-pressed={scan.pressed}
            aria-label={says.showCode(name)}
            title={says.showCode(name)}
            onClick={scan.onPress}
          >
            <Icon name="qr" />
          </button>
        )}
      </div>
      {children}
    </div>
  );
}
