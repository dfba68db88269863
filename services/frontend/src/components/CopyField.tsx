import { useEffect, useRef, useState } from 'react';
import { copyText } from '@/lib/clipboard';
import { words } from '@/words';
import styles from './CopyField.module.css';
import { Icon } from './Icon';

interface CopyFieldProps {
  label: string;
  value: string;
}

/** An address to take away: a field that selects itself and a button that copies. */
export function CopyField({ label, value }: CopyFieldProps) {
  const [told, setTold] = useState<'copied' | 'select' | null>(null);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (told === null) return;
    const timer = setTimeout(() => setTold(null), 2_500);
    return () => clearTimeout(timer);
  }, [told]);

  const copy = async () => {
    const copied = await copyText(value);
    if (!copied) field.current?.select();
    setTold(copied ? 'copied' : 'select');
  };

  return (
    <div className={styles.copy}>
      <input
        ref={field}
        className={styles.value}
        readOnly
        value={value}
        aria-label={label}
        onFocus={(event) => event.currentTarget.select()}
      />
      <button type="button" className={styles.button} onClick={copy} data-copied={told === 'copied'}>
        <Icon name={told === 'copied' ? 'done' : 'copy'} />
        <span aria-live="polite">{words.copy[told ?? 'ready']}</span>
      </button>
    </div>
  );
}
