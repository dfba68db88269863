import { type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { Icon, type IconName } from '@/components/Icon';
import { ThemeToggle } from '@/components/ThemeToggle';
import { words } from '@/words';
import { HeaderSlotContext } from './HeaderSlot';
import { LinkQuality } from './LinkQuality';
import { SeveralLink } from './SeveralLink';
import styles from './Shell.module.css';
import { usePageChange } from './usePageChange';
import { useSearchKey } from './useSearchKey';

const places: readonly { to: string; label: string; icon: IconName }[] = [
  { to: '/', label: words.shell.channels, icon: 'channels' },
  { to: '/guide', label: words.shell.guide, icon: 'guide' },
  { to: '/schedule', label: words.shell.schedule, icon: 'schedule' },
  { to: '/playlist', label: words.shell.playlist, icon: 'playlist' },
  { to: '/status', label: words.shell.status, icon: 'status' },
];

/** The frame: a header that carries the page's search, and the places, which move to the thumb on a phone. */
export function Shell({ children }: { children: ReactNode }) {
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  const main = usePageChange();
  useSearchKey();
  return (
    <HeaderSlotContext value={slot}>
      <a className={styles.skip} href="#main">
        {words.shell.skip}
      </a>
      <header className="frame-header">
        <Link className="frame-brand" href="/" aria-label={words.shell.home}>
          <Mark />
          <span aria-hidden="true">
            StepDaddy<b>LiveHD</b>
          </span>
        </Link>
        <Places />
        <div ref={setSlot} className={styles.slot} />
        <SeveralLink />
        <LinkQuality />
        <ThemeToggle />
      </header>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        {children}
      </main>
    </HeaderSlotContext>
  );
}

function Places() {
  const [location] = useLocation();
  return (
    <nav className={styles.places} aria-label={words.shell.pages}>
      {places.map(({ to, label, icon }) => (
        <Link
          key={to}
          className={styles.place ?? ''}
          href={to}
          aria-current={location === to ? 'page' : undefined}
        >
          <Icon name={icon} />
          <span>{label}</span>
        </Link>
      ))}
    </nav>
  );
}

/** Three steps up, the last one on air. */
function Mark() {
  return (
    <svg className="frame-mark" viewBox="0 0 20 20" aria-hidden="true">
      <rect x="0" y="12" width="5" height="8" rx="1.5" fill="currentColor" />
      <rect x="7.5" y="6" width="5" height="14" rx="1.5" fill="currentColor" />
      <rect x="15" y="0" width="5" height="20" rx="1.5" fill="var(--accent)" />
    </svg>
  );
}
