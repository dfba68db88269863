import styles from './TextField.module.css';

interface TextFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** A line to type into, which says in itself what for. */
export function TextField({ label, value, onChange }: TextFieldProps) {
  return (
    <input
      className={styles.field}
      type="text"
      value={value}
      aria-label={label}
      placeholder={label}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
