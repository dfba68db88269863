import styles from './Apps.module.css';

interface App {
  name: string;
  steps: readonly [string, string];
}

const apps: readonly App[] = [
  {
    name: 'VLC',
    steps: [
      'Media, then Open Network Stream; on phones the Network tab.',
      'Paste the channels address and play.',
    ],
  },
  {
    name: 'Kodi',
    steps: ['Install the add-on PVR IPTV Simple Client.', 'Set the M3U URL and, under EPG, the XMLTV URL.'],
  },
  {
    name: 'TiviMate',
    steps: [
      'Add playlist, M3U playlist, then paste the channels address.',
      'Enter the guide address when it asks for the EPG.',
    ],
  },
  {
    name: 'Jellyfin',
    steps: [
      'Dashboard, Live TV: add an M3U tuner with the channels address.',
      'Below it add an XMLTV provider with the guide address.',
    ],
  },
];

/** How to bring the channels to the players that most people have. */
export function Apps() {
  return (
    <section aria-label="Set up your player">
      <ul className={styles.apps}>
        {apps.map((app) => (
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
