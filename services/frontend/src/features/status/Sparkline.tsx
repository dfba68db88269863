import styles from './Status.module.css';

const WIDTH = 240;
const HEIGHT = 48;
const POINTS = 60;

interface SparklineProps {
  values: readonly (number | null)[];
  /** What reaches the top; where it is not said, the largest value does. */
  most?: number;
  label: string;
}

/** The last minutes as a line: its shape is what is looked at, the figure stands beside it. */
export function Sparkline({ values, most, label }: SparklineProps) {
  const shown = values.slice(-POINTS);
  const top = most ?? Math.max(1e-9, ...shown.map((value) => value ?? 0)) * 1.15;
  return (
    <svg
      className={styles.spark}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <path d={area(shown, top)} fill="none" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

/** A path that begins anew after each gap; the newest value is at the right. */
export function area(values: readonly (number | null)[], top: number): string {
  const step = WIDTH / (POINTS - 1);
  const from = WIDTH - (values.length - 1) * step;
  let drawing = false;
  return values
    .map((value, index) => {
      if (value === null) {
        drawing = false;
        return '';
      }
      const y = HEIGHT - 2 - Math.min(1, value / top) * (HEIGHT - 4);
      const command = drawing ? 'L' : 'M';
      drawing = true;
      return `${command}${(from + index * step).toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}
