import { useInstall } from '@/pwa/install';
import { words } from '@/words';
import styles from './OwnAddresses.module.css';

/** The page as an app on this device; where its browser allows none, what can be had instead. */
export function InstallCard() {
  const state = useInstall();
  const says = words.app;
  if (state.kind === 'installed') return null;
  return (
    <section className={styles.own} aria-label={says.title} data-install={state.kind}>
      <p className={styles.text}>
        <b>{says.title}.</b>{' '}
        {state.kind === 'insecure' ? says.insecure : state.kind === 'ready' ? says.ready : says.byHand}
      </p>
      {state.kind === 'ready' && (
        <div className={styles.buttons}>
          <button type="button" className={styles.main} onClick={state.install}>
            {says.install}
          </button>
        </div>
      )}
    </section>
  );
}
