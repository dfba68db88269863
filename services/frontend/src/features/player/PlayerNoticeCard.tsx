import { words } from '@/words';
import type { VlcLink } from './address';
import type { PlayerNotice } from './notice';
import styles from './PlayerNoticeCard.module.css';

interface PlayerNoticeCardProps {
  notice: PlayerNotice;
  onAgain: () => void;
  onNext?: (() => void) | undefined;
  /** Where this browser can't play it, another player may. */
  elsewhere: VlcLink;
}

/** What happened, what is being done, and what the viewer can do. The last picture stays visible behind. */
export function PlayerNoticeCard({ notice, onAgain, onNext, elsewhere }: PlayerNoticeCardProps) {
  return (
    <div className={styles.notice} data-stopped={notice.stopped} role="status" data-testid="player-notice">
      {!notice.stopped && <span className={styles.pulse} aria-hidden="true" />}
      <div>
        <p className={styles.what}>{notice.what}</p>
        <p className={styles.doing}>{notice.doing}</p>
      </div>
      <div className={styles.actions}>
        {notice.elsewhere ? (
          <a className={styles.again} href={elsewhere.href} download={elsewhere.download}>
            {words.watch.openVlc}
          </a>
        ) : (
          <button type="button" className={notice.stopped ? styles.again : styles.other} onClick={onAgain}>
            {notice.stopped ? words.watch.again : words.watch.tryNow}
          </button>
        )}
        {onNext && (
          <button type="button" className={styles.other} onClick={onNext}>
            {words.watch.nextChannel}
          </button>
        )}
      </div>
    </div>
  );
}
