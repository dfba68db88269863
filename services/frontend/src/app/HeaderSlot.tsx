import { createContext, type ReactNode, useContext } from 'react';
import { createPortal } from 'react-dom';

/** The middle of the header belongs to the page: this is where it is. */
export const HeaderSlotContext = createContext<HTMLElement | null>(null);

export function InHeader({ children }: { children: ReactNode }) {
  const slot = useContext(HeaderSlotContext);
  return slot && createPortal(children, slot);
}
