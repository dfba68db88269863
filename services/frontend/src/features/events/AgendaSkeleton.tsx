import { words } from '@/words';
import styles from './AgendaSkeleton.module.css';

const ROWS = Array.from({ length: 9 }, (_, index) => index);

/** The schedule's outline while it is on its way. */
export function AgendaSkeleton() {
  return (
    <div role="status" aria-label={words.events.loading}>
      <div className={styles.rows} aria-hidden="true">
        {ROWS.map((row) => (
          <span key={row} className={styles.row} />
        ))}
      </div>
    </div>
  );
}
