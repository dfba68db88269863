import { type CSSProperties, useEffect, useRef, useState } from 'react';
import { findTone, knownTone } from '@/lib/logoTone';
import { hue, initials } from '@/lib/naming';
import { isRushing, whenCalm } from '@/lib/rush';
import styles from './ChannelArt.module.css';

/** Logos that did not load are not asked for again on this page. */
const broken = new Set<string>();

interface ChannelArtProps {
  name: string;
  logo: string | null;
  /** Asked for at once: where only what is near the window is in the document, or it is what the page is about. */
  eager?: boolean;
}

/** A channel's picture: its logo on a plate, else its initials in a colour that is always the same. */
export function ChannelArt({ name, logo, eager = false }: ChannelArtProps) {
  const [failed, setFailed] = useState<string | null>(null);
  const missing = logo === null || failed === logo || broken.has(logo);
  const tint = { '--hue': hue(name) } as CSSProperties;

  if (!missing) {
    const fail = () => {
      broken.add(logo);
      setFailed(logo);
    };
    return <Logo key={logo} logo={logo} eager={eager} tint={tint} onFail={fail} />;
  }
  const text = initials(name);
  return (
    <span className={`${styles.art} ${styles.initials}`} style={tint} aria-hidden="true">
      <span className={styles.letters} data-length={text.length}>
        {text}
      </span>
    </span>
  );
}

interface LogoProps {
  logo: string;
  eager: boolean;
  tint: CSSProperties;
  onFail: () => void;
}

function Logo({ logo, eager, tint, onFail }: LogoProps) {
  const [tone, setTone] = useState(() => knownTone(logo));
  const image = useRef<HTMLImageElement>(null);
  const [loaded, setLoaded] = useState(false);
  // One that was seen before is there at once.
  const [wanted, setWanted] = useState(() => tone !== null || !isRushing());

  useEffect(() => (wanted ? undefined : whenCalm(() => setWanted(true))), [wanted]);

  useEffect(() => {
    if (!loaded || tone !== null || !image.current) return;
    return findTone(image.current, logo, setTone);
  }, [loaded, tone, logo]);

  return (
    <span className={`${styles.art} ${styles.plate}`} style={tint} data-tone={tone ?? undefined}>
      <img
        ref={image}
        src={wanted ? logo : undefined}
        alt=""
        loading={eager ? 'eager' : 'lazy'}
        decoding="async"
        draggable={false}
        onLoad={() => setLoaded(true)}
        onError={onFail}
      />
    </span>
  );
}
