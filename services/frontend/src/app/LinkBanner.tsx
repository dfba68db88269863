import { useEffect, useState } from 'react';
import { Icon } from '@/components/Icon';
import { BANNER_AFTER_MS } from '@/config';
import { useAccess } from '@/lib/access';
import { useLink } from '@/lib/useRealtime';
import { words } from '@/words';
import styles from './LinkBanner.module.css';

/** Said when the connection has been away for a moment: what is on the page may be old. */
export function LinkBanner() {
  const refused = useAccess() === 'refused';
  const down = useLink() !== 'up' && !refused;
  const [late, setLate] = useState(false);

  useEffect(() => {
    if (!down) return;
    const timer = setTimeout(() => setLate(true), BANNER_AFTER_MS);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [down]);

  return (
    <div role="status" className={styles.place}>
      {down && late && (
        <p className={styles.banner}>
          <Icon name="offline" />
          {navigator.onLine ? words.link.paused : words.link.offline}
        </p>
      )}
    </div>
  );
}
