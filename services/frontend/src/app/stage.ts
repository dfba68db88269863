import { createContext, useContext } from 'react';
import type { Channel } from '@/lib/api';

/** What is being watched, and where on the page it is shown. Without a place it is small, in the corner. */
export interface Show {
  channel: Channel;
  place: HTMLElement | null;
  onNext?: (() => void) | undefined;
  onPrevious?: (() => void) | undefined;
  theatre: boolean;
  onTheatre?: (() => void) | undefined;
}

export interface Stage {
  show: Show | null;
  /** Put a channel on; null takes it off. */
  put(show: Show | null): void;
  /** The page with the picture's place goes: the picture stays. */
  shrink(place: HTMLElement): void;
}

export const StageContext = createContext<Stage>({ show: null, put: () => {}, shrink: () => {} });

export function useStage(): Stage {
  return useContext(StageContext);
}
