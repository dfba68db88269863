import { useEffect, useMemo, useRef, useState } from 'react';
import { ChannelArt } from '@/components/ChannelArt';
import { TextField } from '@/components/TextField';
import { useFavourites } from '@/features/channels';
import type { Channel } from '@/lib/api';
import { plain } from '@/lib/naming';
import { words } from '@/words';
import styles from './ChannelPicker.module.css';

const SHOWN = 60;

interface ChannelPickerProps {
  channels: readonly Channel[];
  onPick: (id: string) => void;
  onClose: () => void;
}

/** One channel out of all, by typing a part of its name or number; one's own come first. */
export function ChannelPicker({ channels, onPick, onClose }: ChannelPickerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const favourites = useFavourites();
  useEffect(() => dialog.current?.showModal(), []);
  const shown = useMemo(() => {
    const wanted = plain(typed).trim();
    const fits = ({ name, number }: Channel) => plain(name).includes(wanted) || String(number) === wanted;
    const mine = channels.filter(({ id }) => favourites.includes(id));
    const rest = channels.filter(({ id }) => !favourites.includes(id));
    return [...mine, ...rest].filter(fits).slice(0, SHOWN);
  }, [channels, favourites, typed]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the dialog's own key for it.
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={words.several.add}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div className={styles.body}>
        <TextField label={words.several.find} value={typed} onChange={setTyped} />
        <ul className={styles.channels}>
          {shown.map((channel) => (
            <li key={channel.id}>
              <button
                type="button"
                className={styles.channel}
                onClick={() => {
                  onPick(channel.id);
                  dialog.current?.close();
                }}
              >
                <span className={styles.art}>
                  <ChannelArt name={channel.name} logo={channel.logo} />
                </span>
                <span className={styles.name}>{channel.name}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </dialog>
  );
}
