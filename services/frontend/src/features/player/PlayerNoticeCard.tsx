import type { PlayerNotice } from './notice';
import styles from './PlayerNoticeCard.module.css';

/** What happened and what is being done. While it is being mended the last picture stays visible behind. */
export function PlayerNoticeCard({ notice, onAgain }: { notice: PlayerNotice; onAgain: () => void }) {
  return (
    <div className={styles.notice} data-stopped={notice.stopped} role="status" data-testid="player-notice">
      {!notice.stopped && <span className={styles.pulse} aria-hidden="true" />}
      <div>
        <p className={styles.what}>{notice.what}</p>
        <p className={styles.doing}>{notice.doing}</p>
      </div>
      {notice.stopped && (
        <button type="button" className={styles.again} onClick={onAgain}>
          Try again
        </button>
      )}
    </div>
  );
}
