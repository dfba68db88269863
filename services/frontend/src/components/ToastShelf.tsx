import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { dismissToast, type Toast, useToasts } from '@/lib/toasts';
import { words } from '@/words';
import { Icon } from './Icon';
import styles from './ToastShelf.module.css';

const SHOWN_FOR_MS = 9_000;

/** Where short notices appear. It is always there, so that screen readers hear what is put into it. */
export function ToastShelf() {
  const toasts = useToasts();
  return (
    <section className={styles.shelf} aria-label={words.toasts.shelf} aria-live="polite">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </section>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  const [held, setHeld] = useState(false);

  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismissToast(toast.id), SHOWN_FOR_MS);
    return () => clearTimeout(timer);
  }, [held, toast.id]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pausing the timer is a courtesy, not an action.
    <div
      className={styles.toast}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className={styles.mark} aria-hidden="true" />
      <div className={styles.words}>
        <p className={styles.title}>{toast.title}</p>
        {toast.detail && <p className={styles.detail}>{toast.detail}</p>}
      </div>
      {toast.link && (
        <Link className={styles.link ?? ''} href={toast.link.to} onClick={() => dismissToast(toast.id)}>
          {toast.link.label}
        </Link>
      )}
      <button
        type="button"
        className={styles.close}
        aria-label={words.toasts.dismiss}
        onClick={() => dismissToast(toast.id)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
