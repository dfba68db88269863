import { Keepsakes } from '@/features/channels';
import { Addresses, Apps } from '@/features/playlist';
import { useTitle } from '@/lib/useTitle';
import styles from './PlaylistPage.module.css';

/** How to take the channels to every other screen in the house. */
export default function PlaylistPage() {
  useTitle('Playlist');
  return (
    <div className={styles.page}>
      <h1 className={styles.title}>On your other screens</h1>
      <p className={styles.lead}>
        One address brings every channel to a television, a phone or a media server. It stays the same when
        the list changes.
      </p>
      <Addresses playlist={`${location.origin}/playlist.m3u8`} guide={`${location.origin}/epg.xml`} />
      <Apps />
      <Keepsakes />
    </div>
  );
}
