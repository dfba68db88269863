import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { ErrorBoundary } from './ErrorBoundary';
import { type Show, type Stage, StageContext } from './stage';
import { Screen } from './warmUp';

/** One picture for the whole page: it goes on while its viewer looks for something else. */
export function StageProvider({ children }: { children: ReactNode }) {
  const [show, setShow] = useState<Show | null>(null);
  const shrink = useCallback((place: HTMLElement) => {
    // Another page may have taken the picture over already.
    setShow((old) => (old?.place === place ? smaller(old) : old));
  }, []);
  const stage = useMemo<Stage>(() => ({ show, put: setShow, shrink }), [show, shrink]);
  return (
    <StageContext value={stage}>
      {children}
      {show && (
        <ErrorBoundary place={show.channel.id}>
          <Screen show={show} onClose={() => setShow(null)} />
        </ErrorBoundary>
      )}
    </StageContext>
  );
}

function smaller({ channel }: Show): Show {
  return { channel, place: null, theatre: false };
}
