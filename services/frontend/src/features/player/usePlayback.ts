import { type RefObject, useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { useChannelStatus } from '@/lib/useRealtime';
import type { Playable } from './address';
import { type Engine, type EngineListener, noEngine, openEngine } from './engine';
import { isFinal, type Playback, playback, tuning } from './playback';
import { type ProgressWatch, watchProgress } from './progress';
import { sound, startPlaying, type Withheld } from './sound';
import { noTracks, type Tracks } from './tracks';
import { useWithheld } from './useWithheld';

export interface Player {
  state: Playback;
  tracks: Tracks;
  withheld: Withheld;
  chooseQuality(id: number): void;
  chooseVoice(id: number): void;
  chooseSubtitle(id: number): void;
  unsilence(): void;
  again(): void;
}

/**
 * Play a channel on the element: open an engine, listen to it, and do what the reducer decides. `silent`: this one is
 * not to be heard, whatever the viewer's choice for others is.
 */
export function usePlayback(
  element: RefObject<HTMLVideoElement | null>,
  channelId: string,
  { protocol, src }: Playable,
  silent = false,
): Player {
  const [state, signal] = useReducer(playback, tuning);
  const [tracks, setTracks] = useState(noTracks);
  const [withheld, setWithheld] = useWithheld(element);
  const [generation, again] = useReducer((count: number) => count + 1, 0);
  const engine = useRef<Engine | null>(null);
  const watch = useRef<ProgressWatch | null>(null);
  const free = useRef<Promise<void>>(Promise.resolve());
  const tuned = useRef('');
  const held = useRef(false);
  const retrying = useRef(false);
  const quiet = useRef(silent);
  useEffect(() => {
    quiet.current = silent;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new generation is the same channel, tuned anew.
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    let closed = false;
    held.current = tuned.current === src && isHeld(video, held.current);
    tuned.current = src;
    // What is tried once more, since the player's own code did not arrive, has been tried before.
    if (!retrying.current) signal({ type: 'tune' });
    retrying.current = false;
    setTracks(noTracks);
    const listener: EngineListener = {
      ready: () => {
        if (closed || held.current) return;
        const muted = quiet.current || sound.get().muted;
        void startPlaying(video, muted).then((what) => !closed && setWithheld(what));
      },
      fault: (fault) => !closed && signal({ type: 'fault', fault }),
      tracks: (next) => !closed && setTracks(next),
    };
    // An engine that is still letting go would take the element from the one that comes after it.
    const opening = free.current.then(() => {
      if (closed) return noEngine;
      watch.current = watchProgress(video, signal);
      return openEngine(video, { protocol, src }, listener);
    });
    opening.then(
      (opened) => {
        if (!closed) engine.current = opened;
      },
      // The player's own code did not arrive.
      () => !closed && signal({ type: 'fault', fault: { kind: 'network', part: 'playlist' } }),
    );
    return () => {
      closed = true;
      watch.current?.stop();
      engine.current = null;
      free.current = opening.then((opened) => opened.close()).catch(() => {});
    };
  }, [element, protocol, src, generation, setWithheld]);

  useEffect(() => {
    if (state.kind !== 'recovering' || state.acted) return;
    // Spread, so that a thousand viewers of one broken channel do not come back in the same instant.
    const delay = state.delayMs * (0.8 + Math.random() * 0.4);
    const timer = setTimeout(() => {
      watch.current?.grace();
      signal({ type: 'acted' });
      if (element.current) held.current = isHeld(element.current, held.current);
      retrying.current = engine.current === null;
      if (engine.current) engine.current.act(state.action);
      else again();
    }, delay);
    return () => clearTimeout(timer);
  }, [state, element]);

  useRevival(channelId, state, again);

  return {
    state,
    tracks,
    withheld,
    chooseQuality: useCallback((id) => engine.current?.chooseQuality(id), []),
    chooseVoice: useCallback((id) => engine.current?.chooseVoice(id), []),
    chooseSubtitle: useCallback((id) => engine.current?.chooseSubtitle(id), []),
    unsilence: useCallback(() => {
      const video = element.current;
      if (!video) return;
      video.muted = false;
      video.volume = sound.get().volume || 1;
      setWithheld('nothing');
      void video.play().catch(() => {});
    }, [element, setWithheld]),
    again: useCallback(() => {
      // Who asks for it wants to see it.
      tuned.current = '';
      again();
    }, []),
  };
}

/** Whether the viewer has paused it. Of a picture that has not begun to play that can't be seen: then as `before`. */
function isHeld(video: HTMLVideoElement, before: boolean): boolean {
  return video.played.length > 0 ? video.paused : before;
}

/** A channel that was given up is tuned again when it, or this device's network, is reported to be back. */
function useRevival(channelId: string, state: Playback, again: () => void): void {
  const status = useChannelStatus(channelId);
  const waiting = state.kind === 'failed' && !isFinal(state.fault);
  const givenUpAt = useRef(0);

  useEffect(() => {
    if (!waiting) return;
    givenUpAt.current = Date.now();
    window.addEventListener('online', again);
    return () => window.removeEventListener('online', again);
  }, [waiting, again]);

  useEffect(() => {
    if (waiting && status?.status === 'online' && Date.parse(status.checked_at) > givenUpAt.current) again();
  }, [waiting, status, again]);
}
