import { type RefObject, useEffect, useRef } from 'react';
import { isTyping } from '@/components/SearchField';
import { toggleFullscreen, togglePip } from './screen';
import { sound } from './sound';
import { seekBy } from './useLiveWindow';

/** What a space bar presses. A slider has no use for it. */
const PRESSABLE = 'button, a, summary, input:not([type="range"]), [role="button"]';

interface Keys {
  frame: RefObject<HTMLElement | null>;
  video: RefObject<HTMLVideoElement | null>;
  onNext?: (() => void) | undefined;
  onPrevious?: (() => void) | undefined;
  onTheatre?: (() => void) | undefined;
  onStats?: (() => void) | undefined;
  /** Off while the picture is small: then the keys are the page's. */
  enabled: boolean;
}

/** The player's keys, wherever the focus is on the page; the last ones are a remote control's. */
export function usePlayerKeys(keys: Keys): void {
  const newest = useRef(keys);
  useEffect(() => {
    newest.current = keys;
  });

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target))
        return;
      if (act(event.key, newest.current, isPressable(event.target))) event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

function act(key: string, keys: Keys, onButton: boolean): boolean {
  const { frame, video, onNext, onPrevious } = keys;
  const element = video.current;
  if (!element || !frame.current || !keys.enabled) return false;
  switch (key) {
    case ' ':
      // A focused button keeps its space bar.
      if (onButton) return false;
      toggle(element);
      return true;
    case 'k':
    case 'MediaPlayPause':
      toggle(element);
      return true;
    case 'm':
      element.muted = !element.muted;
      sound.set({ volume: element.volume, muted: element.muted });
      return true;
    case 'f':
      void toggleFullscreen(frame.current, element);
      return true;
    case 'i':
      void togglePip(element);
      return true;
    case 't':
      keys.onTheatre?.();
      return true;
    case 's':
      keys.onStats?.();
      return true;
    case 'j':
    case 'MediaRewind':
      seekBy(element, -10);
      return true;
    case 'l':
    case 'MediaFastForward':
      seekBy(element, 10);
      return true;
    case 'n':
    case 'PageDown':
    case 'ChannelDown':
      onNext?.();
      return true;
    case 'p':
    case 'PageUp':
    case 'ChannelUp':
      onPrevious?.();
      return true;
    default:
      return false;
  }
}

function toggle(video: HTMLVideoElement): void {
  if (video.paused) void video.play().catch(() => {});
  else video.pause();
}

function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest(PRESSABLE) !== null;
}
