import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { Icon } from '@/components/Icon';
import { kept, useKept } from '@/lib/storage';
import { useVisitor } from '@/lib/visitor';
import { words } from '@/words';
import styles from './FirstVisit.module.css';

const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const dismissed = kept('welcome-dismissed', false, isFlag);

/**
 * On a gateway that has no source of its own: what one sees here, and where it is said how to change that. It lies
 * over the page, so that nothing moves when it comes, and does not come again once it was sent away.
 */
export function FirstVisit() {
  const visitor = useVisitor();
  const [place] = useLocation();
  const gone = useKept(dismissed);
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), 600);
    return () => clearTimeout(timer);
  }, []);
  if (!visitor?.demo || gone || !settled || place !== '/') return null;
  return (
    <aside className={styles.card} aria-label={words.welcome.label} data-testid="first-visit" data-over-page>
      <p className={styles.text}>
        <b>{words.welcome.label}</b> {words.welcome.short}
      </p>
      <Link className={styles.way ?? ''} href="/welcome">
        {words.welcome.addOwn}
      </Link>
      <button
        type="button"
        className={styles.close}
        aria-label={words.welcome.dismiss}
        onClick={() => dismissed.set(true)}
      >
        <Icon name="close" />
      </button>
    </aside>
  );
}
