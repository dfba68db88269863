import { clock, dayName } from '@/lib/time';
import { words } from '@/words';
import { SLOT } from './axis';
import styles from './Guide.module.css';
import type { GuideView } from './useGuideScroll';
import type { GuideShape } from './useGuideShape';

interface HoursProps {
  view: GuideView;
  shape: GuideShape;
  x: (at: number) => number;
  failed: boolean;
}

/** The line of half hours, and whose day it is, in the corner. */
export function Hours({ view, shape, x, failed }: HoursProps) {
  const times = view.slots.map((_, index) => view.from + index * SLOT);
  const day = dayName(view.left, Date.now());
  return (
    <div className={styles.hours} role="row" aria-rowindex={1}>
      <div className={styles.corner} role="columnheader">
        {failed ? words.guide.failed : day}
      </div>
      {times.map((at) => (
        <div
          key={at}
          className={styles.hour}
          role="columnheader"
          style={{ left: x(at), width: shape.hour / 2 }}
        >
          {clock(at)}
        </div>
      ))}
    </div>
  );
}
