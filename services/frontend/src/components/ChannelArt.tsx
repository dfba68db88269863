import { type CSSProperties, useState } from 'react';
import { hue, initials } from '@/lib/naming';
import styles from './ChannelArt.module.css';

/** Logos that did not load are not asked for again on this page. */
const broken = new Set<string>();

interface ChannelArtProps {
  name: string;
  logo: string | null;
  /** Eager for the one picture that the page is about. */
  eager?: boolean;
}

/** A channel's picture: its logo on a plate, else its initials in a colour that is always the same. */
export function ChannelArt({ name, logo, eager = false }: ChannelArtProps) {
  const [failed, setFailed] = useState<string | null>(null);
  const missing = logo === null || failed === logo || broken.has(logo);
  const tint = { '--hue': hue(name) } as CSSProperties;

  if (missing) {
    const text = initials(name);
    return (
      <span className={`${styles.art} ${styles.initials}`} style={tint} aria-hidden="true">
        <span className={styles.letters} data-length={text.length}>
          {text}
        </span>
      </span>
    );
  }
  return (
    <span className={`${styles.art} ${styles.plate}`} style={tint}>
      <img
        src={logo}
        alt=""
        loading={eager ? 'eager' : 'lazy'}
        decoding="async"
        draggable={false}
        onError={() => {
          broken.add(logo);
          setFailed(logo);
        }}
      />
    </span>
  );
}
