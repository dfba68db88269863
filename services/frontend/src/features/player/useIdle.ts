import { type RefObject, useEffect, useState } from 'react';

const IDLE_AFTER_MS = 2_800;

/** Whether nobody has touched the player for a moment; never, while `allowed` is false. */
export function useIdle(frame: RefObject<HTMLElement | null>, allowed: boolean): boolean {
  const [idle, setIdle] = useState(false);

  useEffect(() => {
    const element = frame.current;
    if (!element || !allowed) {
      setIdle(false);
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const stir = () => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => setIdle(true), IDLE_AFTER_MS);
    };
    const leave = (event: PointerEvent) => {
      if (event.pointerType === 'mouse') setIdle(true);
    };
    stir();
    element.addEventListener('pointermove', stir);
    element.addEventListener('pointerdown', stir);
    element.addEventListener('focusin', stir);
    element.addEventListener('pointerleave', leave);
    window.addEventListener('keydown', stir);
    return () => {
      clearTimeout(timer);
      element.removeEventListener('pointermove', stir);
      element.removeEventListener('pointerdown', stir);
      element.removeEventListener('focusin', stir);
      element.removeEventListener('pointerleave', leave);
      window.removeEventListener('keydown', stir);
    };
  }, [frame, allowed]);

  return idle;
}
