import { useQueryClient } from '@tanstack/react-query';
import { logout } from '@/lib/access';
import { showToast } from '@/lib/toasts';
import { fetchOwnToken, useVisitor } from '@/lib/visitor';
import { words } from '@/words';
import styles from './OwnAddresses.module.css';

interface OwnAddressesProps {
  token: string | null;
  onToken: (token: string | null) => void;
}

/** On a private gateway: that players need the token, which is shown at one's word, and the way out. */
export function OwnAddresses({ token, onToken }: OwnAddressesProps) {
  const visitor = useVisitor();
  const client = useQueryClient();
  if (!visitor?.closed) return null;
  const show = () =>
    fetchOwnToken().then(onToken, () => showToast({ id: 'token', title: words.playlist.noToken }));
  const leave = async () => {
    onToken(null);
    await logout();
    client.clear();
  };
  return (
    <section className={styles.own} aria-label={words.playlist.privately}>
      <p className={styles.text}>
        <b>{words.playlist.loggedIn(visitor.name ?? '')}</b>{' '}
        {token === null ? words.playlist.needsToken : words.playlist.hasToken}
      </p>
      <div className={styles.buttons}>
        <button type="button" className={styles.main} onClick={token === null ? show : () => onToken(null)}>
          {token === null ? words.playlist.showOwn : words.playlist.hideOwn}
        </button>
        <button type="button" className={styles.other} onClick={leave}>
          {words.playlist.logOut}
        </button>
      </div>
    </section>
  );
}
