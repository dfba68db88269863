import { Keepsakes } from '@/features/channels';
import { Addresses, Apps } from '@/features/playlist';
import { useTitle } from '@/lib/useTitle';
import { words } from '@/words';
import styles from './PlaylistPage.module.css';

/** How to take the channels to every other screen in the house. */
export default function PlaylistPage() {
  useTitle(words.shell.playlist);
  return (
    <div className={styles.page}>
      <h1 className={styles.title}>{words.playlist.title}</h1>
      <p className={styles.lead}>{words.playlist.lead}</p>
      <Addresses playlist={`${location.origin}/playlist.m3u8`} guide={`${location.origin}/epg.xml`} />
      <Apps />
      <Keepsakes />
    </div>
  );
}
