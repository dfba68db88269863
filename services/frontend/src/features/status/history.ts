import { useSyncExternalStore } from 'react';
import type { StatusPage } from '@/lib/api';

/** What the figures were in the last minutes, kept while the page is open: the gateway itself remembers nothing. */
export interface Sample {
  at: number;
  viewers: number;
  clients: number;
  bodies: number;
  fromMemory: number;
  fetched: number;
  sentBytes: number;
}

const MOST = 120;

let samples: readonly Sample[] = [];
const listeners = new Set<() => void>();

export function noteSample({ viewers, clients, media }: StatusPage, at: number): void {
  const { bodies, from_memory: fromMemory, fetched, sent_bytes: sentBytes } = media;
  samples = [...samples, { at, viewers, clients, bodies, fromMemory, fetched, sentBytes }].slice(-MOST);
  for (const listener of listeners) listener();
}

export function useSamples(): readonly Sample[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => samples,
  );
}

type Counter = 'bodies' | 'fromMemory' | 'fetched' | 'sentBytes';

/** What a counter grew by from sample to sample. One that fell has lost a node: nothing is known of that step. */
export function growth(all: readonly Sample[], counter: Counter): (number | null)[] {
  return all.slice(1).map((sample, index) => {
    const grown = sample[counter] - (all[index]?.[counter] ?? 0);
    return grown < 0 ? null : grown;
  });
}

/** A counter's part of another, from sample to sample; null where there was nothing. */
export function parts(all: readonly Sample[], counter: Counter, of: Counter): (number | null)[] {
  const whole = growth(all, of);
  return growth(all, counter).map((part, index) => {
    const total = whole[index];
    return part === null || !total ? null : Math.min(1, part / total);
  });
}

/** Megabits a second, from sample to sample. */
export function sending(all: readonly Sample[]): (number | null)[] {
  return growth(all, 'sentBytes').map((bytes, index) => {
    const tookMs = (all[index + 1]?.at ?? 0) - (all[index]?.at ?? 0);
    return bytes === null || tookMs <= 0 ? null : (bytes * 8) / 1_000 / tookMs;
  });
}
