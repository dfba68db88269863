import { useEffect, useRef } from 'react';
import { words } from '@/words';
import { Icon } from './Icon';
import styles from './SearchField.module.css';

const TYPED =
  'input:not([type="range"], [type="radio"], [type="checkbox"]), textarea, select, [contenteditable="true"]';

interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Take the focus when the page opens, for whoever came here by "/". */
  autoFocus?: boolean;
}

/** A search box that "/" brings to hand, and that Escape empties, then leaves. */
export function SearchField({ label, value, onChange, autoFocus = false }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    window.addEventListener('keydown', focus);
    return () => window.removeEventListener('keydown', focus);
  }, []);

  useEffect(() => {
    if (autoFocus) field.current?.focus();
  }, [autoFocus]);

  return (
    <search className={styles.search}>
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        className={styles.field}
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={label}
        value={value}
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="search"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          if (value === '') event.currentTarget.blur();
          else onChange('');
          event.preventDefault();
        }}
      />
      {value === '' ? (
        <span className={styles.key} aria-hidden="true">
          /
        </span>
      ) : (
        <button
          type="button"
          className={styles.clear}
          aria-label={words.search.clear}
          onClick={() => onChange('')}
        >
          <Icon name="close" />
        </button>
      )}
    </search>
  );
}

/** A slider or a box to tick is no text: letters and digits keep their meaning there. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches(TYPED);
}
