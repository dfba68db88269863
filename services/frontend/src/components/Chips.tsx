import styles from './Chips.module.css';

export interface Chip {
  value: string;
  label: string;
  count?: number;
}

interface ChipsProps {
  legend: string;
  chips: readonly Chip[];
  selected: string;
  onSelect: (value: string) => void;
}

/** One choice out of many, in a row that scrolls sideways. */
export function Chips({ legend, chips, selected, onSelect }: ChipsProps) {
  return (
    <fieldset className={styles.chips}>
      <legend className="visually-hidden">{legend}</legend>
      {chips.map((chip) => (
        <button
          key={chip.value}
          type="button"
          className={styles.chip}
          aria-pressed={chip.value === selected}
          onClick={() => onSelect(chip.value)}
        >
          {chip.label}
          {chip.count !== undefined && <span className={styles.count}>{chip.count.toLocaleString()}</span>}
        </button>
      ))}
    </fieldset>
  );
}
