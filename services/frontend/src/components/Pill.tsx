import { type ComponentPropsWithoutRef, createElement } from 'react';
import { Icon, type IconName } from './Icon';
import styles from './Pill.module.css';

type PillProps<Tag extends 'a' | 'button' | 'summary'> = Omit<ComponentPropsWithoutRef<Tag>, 'className'> & {
  /** What it is: something to press, to follow, or to open. */
  as: Tag;
  icon: IconName;
  filled?: boolean;
  children: string;
};

/** A quiet thing to do beside others of its kind: an icon and a word. */
export function Pill<Tag extends 'a' | 'button' | 'summary'>(props: PillProps<Tag>) {
  const { as, icon, filled = false, children, ...rest } = props;
  return createElement(
    as,
    { className: styles.pill, ...(as === 'button' ? { type: 'button' } : {}), ...rest },
    <Icon name={icon} filled={filled} />,
    children,
  );
}
