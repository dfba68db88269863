import { Link } from 'wouter';
import styles from './Button.module.css';

/** The one thing to do where there is nothing else to see. */
export function Button({ children, onClick }: { children: string; onClick: () => void }) {
  return (
    <button type="button" className={styles.button} onClick={onClick}>
      {children}
    </button>
  );
}

export function ButtonLink({ children, href }: { children: string; href: string }) {
  return (
    <Link className={styles.button ?? ''} href={href}>
      {children}
    </Link>
  );
}
