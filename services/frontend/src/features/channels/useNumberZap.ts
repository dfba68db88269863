import { useEffect, useState } from 'react';
import { isTyping } from '@/components/SearchField';
import type { Channel } from '@/lib/api';

const COMPLETE_AFTER_MS = 1_300;
const DIGITS = 5;

/** Typing a number, as on a remote control, goes to that channel. Returns what has been typed so far. */
export function useNumberZap(channels: readonly Channel[], go: (channel: Channel) => void): string {
  const [typed, setTyped] = useState('');

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (/^\d$/.test(event.key)) setTyped((old) => (old + event.key).slice(-DIGITS));
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);

  useEffect(() => {
    if (typed === '') return;
    const timer = setTimeout(() => {
      setTyped('');
      const channel = channels.find((each) => each.number === Number(typed));
      if (channel) go(channel);
    }, COMPLETE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed, channels, go]);

  return typed;
}
