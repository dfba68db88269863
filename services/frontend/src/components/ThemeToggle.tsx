import { chooseTheme, useTheme } from '@/lib/theme';
import { words } from '@/words';
import { Icon } from './Icon';
import styles from './ThemeToggle.module.css';

export function ThemeToggle() {
  const dark = useTheme() === 'dark';
  const label = dark ? words.shell.light : words.shell.dark;
  return (
    <button
      type="button"
      className={styles.toggle}
      aria-label={label}
      title={label}
      onClick={() => chooseTheme(dark ? 'light' : 'dark')}
    >
      <Icon name={dark ? 'sun' : 'moon'} />
    </button>
  );
}
