import type { ReactNode } from 'react';
import styles from './Chips.module.css';

interface Choice {
  value: string;
  label: string;
  count?: number;
}

interface ChipsProps {
  legend: string;
  chips: readonly Choice[];
  selected: string;
  onSelect: (value: string) => void;
}

/** One choice out of many, in a row that scrolls sideways. */
export function Chips({ legend, chips, selected, onSelect }: ChipsProps) {
  return (
    <fieldset className={styles.chips}>
      <legend className="visually-hidden">{legend}</legend>
      {chips.map(({ value, label, count }) => (
        <Chip key={value} pressed={value === selected} count={count} onPress={() => onSelect(value)}>
          {label}
        </Chip>
      ))}
    </fieldset>
  );
}

interface ChipProps {
  pressed: boolean;
  /** How many there are of what it stands for. */
  count?: number | undefined;
  onPress: () => void;
  children: ReactNode;
}

/** One of several that may be chosen. */
export function Chip({ pressed, count, onPress, children }: ChipProps) {
  return (
    <button type="button" className={styles.chip} aria-pressed={pressed} onClick={onPress}>
      {children}
      {count !== undefined && <span className={styles.count}>{count.toLocaleString()}</span>}
    </button>
  );
}
