import { useState } from 'react';
import { Keepsakes, useChannels, useFavourites } from '@/features/channels';
import { Addresses, Apps, addressesOf, everything, Narrow } from '@/features/playlist';
import { useTitle } from '@/lib/useTitle';
import { words } from '@/words';
import { InstallCard } from '../InstallCard';
import { OwnAddresses } from '../OwnAddresses';
import styles from './PlaylistPage.module.css';

const none: readonly never[] = [];

/** How to take the channels to every other screen in the house. */
export default function PlaylistPage() {
  useTitle(words.shell.playlist);
  const list = useChannels().data;
  const favourites = useFavourites();
  const [choice, setChoice] = useState(everything);
  const [token, setToken] = useState<string | null>(null);
  return (
    <div className={styles.page}>
      <h1 className={styles.title}>{words.playlist.title}</h1>
      <p className={styles.lead}>{words.playlist.lead}</p>
      <OwnAddresses token={token} onToken={setToken} />
      <Addresses addresses={addressesOf(location.origin, choice, token)} />
      <Narrow
        groups={list?.groups ?? none}
        channels={list?.channels ?? none}
        favourites={favourites}
        choice={choice}
        onChoose={setChoice}
      />
      <Apps />
      <div className={styles.here}>
        <InstallCard />
      </div>
      <Keepsakes />
    </div>
  );
}
