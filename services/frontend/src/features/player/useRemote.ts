import { type RefObject, useEffect, useState } from 'react';

interface PickerVideo extends HTMLVideoElement {
  webkitShowPlaybackTargetPicker?: () => void;
}

/** Another screen to play on: AirPlay where Safari knows one, Cast where Chrome does. Null where there is none. */
export function useRemote(video: RefObject<PickerVideo | null>): (() => void) | null {
  const [available, setAvailable] = useState(false);

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    if (element.webkitShowPlaybackTargetPicker) {
      const tell = (event: Event) =>
        setAvailable('availability' in event && event.availability === 'available');
      element.addEventListener('webkitplaybacktargetavailabilitychanged', tell);
      return () => element.removeEventListener('webkitplaybacktargetavailabilitychanged', tell);
    }
    if (!('remote' in element) || !element.remote) return;
    const { remote } = element;
    // Refused for what only Media Source Extensions can play: then there is no button.
    const watching = remote.watchAvailability(setAvailable).catch(() => null);
    return () => {
      void watching
        .then((id) => (id === null ? undefined : remote.cancelWatchAvailability(id)))
        .catch(() => {});
    };
  }, [video]);

  if (!available) return null;
  return () => {
    const element = video.current;
    if (element?.webkitShowPlaybackTargetPicker) element.webkitShowPlaybackTargetPicker();
    else void element?.remote.prompt().catch(() => {});
  };
}
