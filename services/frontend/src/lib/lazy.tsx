import { type ComponentType, useEffect, useState } from 'react';

/** A component that comes in a file of its own; `load` fetches it before it is needed. */
export type Lazy<Props> = ComponentType<Props> & { load(): Promise<unknown> };

/**
 * React's `lazy`, but what has arrived is drawn at once. React's own shows a fallback even then, and holds back
 * for 300 ms what comes after one, so that fallbacks don't flicker: a picture behind two came 600 ms late.
 * Here there is nothing to see until it is there; a file that doesn't come is the nearest boundary's.
 */
export function lazy<Props extends object>(
  fetchIt: () => Promise<{ default: ComponentType<Props> }>,
): Lazy<Props> {
  let arrived: ComponentType<Props> | undefined;
  let coming: Promise<void> | undefined;
  const load = () => {
    coming ??= fetchIt().then(
      (module) => {
        arrived = module.default;
      },
      (error) => {
        coming = undefined;
        throw error;
      },
    );
    return coming;
  };

  function Arriving(props: Props) {
    const [, look] = useState(0);
    const [missing, setMissing] = useState<{ error: unknown } | null>(null);
    const Component = arrived;
    const waits = Component === undefined;
    useEffect(() => {
      if (!waits) return;
      let gone = false;
      load().then(
        () => !gone && look((times) => times + 1),
        (error) => !gone && setMissing({ error }),
      );
      return () => {
        gone = true;
      };
    }, [waits]);
    if (missing) throw missing.error;
    return Component ? <Component {...props} /> : null;
  }
  return Object.assign(Arriving, { load });
}
