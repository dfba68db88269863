import { words } from '@/words';
import styles from './Apps.module.css';

/** How to bring the channels to the players that most people have. */
export function Apps() {
  return (
    <section aria-label={words.playlist.setUp}>
      <ul className={styles.apps}>
        {words.playlist.apps.map((app) => (
          <li key={app.name} className={styles.app}>
            <h2 className={styles.name}>{app.name}</h2>
            <ol className={styles.steps}>
              {app.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          </li>
        ))}
      </ul>
    </section>
  );
}
