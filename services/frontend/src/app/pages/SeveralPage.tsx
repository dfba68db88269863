import { useEffect, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { Icon } from '@/components/Icon';
import { isTyping } from '@/components/SearchField';
import { useChannels } from '@/features/channels';
import { SmallPlayer, useWakeLock } from '@/features/player';
import type { Channel } from '@/lib/api';
import { useTitle } from '@/lib/useTitle';
import { words } from '@/words';
import { ChannelPicker } from '../ChannelPicker';
import { useStage } from '../stage';
import { useAddressState } from '../useAddressState';
import styles from './SeveralPage.module.css';

const PLACES = [0, 1, 2, 3] as const;
const none: readonly never[] = [];

/** Several channels at once, one of them heard. Which ones is in the address, so that it can be kept. */
export default function SeveralPage() {
  useTitle(words.several.title);
  const list = useChannels().data?.channels ?? none;
  const byId = useMemo(() => new Map(list.map((channel) => [channel.id, channel])), [list]);
  const [told, tell] = useAddressState('ids');
  const ids = useMemo(() => PLACES.map((place) => told.split(',')[place] ?? ''), [told]);
  const [loud, setLoud] = useState(0);
  const [picking, setPicking] = useState<number | null>(null);
  const { put } = useStage();
  // One picture more would be a fifth, and heard as well.
  useEffect(() => put(null), [put]);
  useSoundKeys(setLoud);
  useWakeLock(ids.some(Boolean));

  const place = (at: number, id: string) => {
    tell(
      ids
        .map((each, index) => (index === at ? id : each))
        .join(',')
        .replace(/,+$/, ''),
    );
    if (id !== '') setLoud(at);
  };

  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">{words.several.title}</h1>
      <ul className={styles.tiles}>
        {PLACES.map((at) => {
          const channel = byId.get(ids[at] ?? '');
          return (
            <li key={at} className={styles.place}>
              {channel ? (
                <SmallPlayer channel={channel} loud={loud === at} onChoose={() => setLoud(at)}>
                  <Actions channel={channel} onRemove={() => place(at, '')} />
                </SmallPlayer>
              ) : (
                <button type="button" className={styles.add} onClick={() => setPicking(at)}>
                  <Icon name="plus" />
                  {words.several.add}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {picking !== null && (
        <ChannelPicker channels={list} onPick={(id) => place(picking, id)} onClose={() => setPicking(null)} />
      )}
    </div>
  );
}

function Actions({ channel, onRemove }: { channel: Channel; onRemove: () => void }) {
  return (
    <>
      <Link
        className={styles.action ?? ''}
        href={`/watch/${encodeURIComponent(channel.id)}`}
        aria-label={words.several.alone(channel.name)}
        title={words.several.alone(channel.name)}
      >
        <Icon name="fullscreen" />
      </Link>
      <button
        type="button"
        className={styles.action}
        aria-label={words.several.remove(channel.name)}
        title={words.several.remove(channel.name)}
        onClick={onRemove}
      >
        <Icon name="close" />
      </button>
    </>
  );
}

/** 1 to 4 choose whose sound is heard. */
function useSoundKeys(choose: (place: number) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const place = '1234'.indexOf(event.key);
      if (place >= 0 && event.key !== '') choose(place);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [choose]);
}
