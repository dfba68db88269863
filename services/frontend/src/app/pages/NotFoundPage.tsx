import { Link } from 'wouter';
import { Notice } from '@/components/Notice';
import { useTitle } from '@/lib/useTitle';
import styles from './NotFoundPage.module.css';

export default function NotFoundPage() {
  useTitle('Not found');
  return (
    <Notice
      title="Nothing is broadcast here"
      actions={
        <Link className={styles.home ?? ''} href="/">
          See all channels
        </Link>
      }
    >
      The address leads nowhere on this gateway.
    </Notice>
  );
}
