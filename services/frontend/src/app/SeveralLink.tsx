import { Link } from 'wouter';
import { Icon } from '@/components/Icon';
import { words } from '@/words';
import styles from './SeveralLink.module.css';
import { useStage } from './stage';

/** To several channels at once; what is being watched comes along. */
export function SeveralLink() {
  const { show } = useStage();
  const ids = show ? `?ids=${encodeURIComponent(show.channel.id)}` : '';
  return (
    <Link
      className={styles.link ?? ''}
      href={`/several${ids}`}
      aria-label={words.several.title}
      title={words.several.title}
    >
      <Icon name="several" />
    </Link>
  );
}
