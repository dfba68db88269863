import { useEffect, useId, useRef, useState } from 'react';
import { Icon } from '@/components/Icon';
import { words } from '@/words';
import controls from './Controls.module.css';
import styles from './TracksMenu.module.css';
import { AUTO, OFF, type Track } from './tracks';
import type { Player } from './usePlayback';

/** Quality, sound and subtitles, as questions with one answer each. Absent where there is nothing to choose. */
export function TracksMenu({ player }: { player: Player }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const { tracks } = player;

  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>('input:checked')?.focus();
    const closeOutside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
    };
  }, [open]);

  const choosable = tracks.qualities.length > 1 || tracks.voices.length > 1 || tracks.subtitles.length > 0;
  if (!choosable) return null;
  const showing = tracks.qualities.find((track) => track.id === tracks.showing)?.label;
  const qualities = [
    { id: AUTO, label: words.watch.automatic(tracks.quality === AUTO ? showing : undefined) },
    ...tracks.qualities,
  ];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes from wherever the focus is inside.
    <div
      ref={root}
      className={styles.root}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        setOpen(false);
        root.current?.querySelector('button')?.focus();
      }}
    >
      <button
        type="button"
        className={controls.button}
        aria-label={words.watch.tracks}
        title={words.watch.tracks}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="settings" />
      </button>
      {open && (
        <div className={styles.menu}>
          {tracks.qualities.length > 1 && (
            <Choice
              legend={words.watch.quality}
              tracks={qualities}
              chosen={tracks.quality}
              onChoose={player.chooseQuality}
            />
          )}
          {tracks.voices.length > 1 && (
            <Choice
              legend={words.watch.sound}
              tracks={tracks.voices}
              chosen={tracks.voice}
              onChoose={player.chooseVoice}
            />
          )}
          {tracks.subtitles.length > 0 && (
            <Choice
              legend={words.watch.subtitles}
              tracks={[{ id: OFF, label: words.watch.off }, ...tracks.subtitles]}
              chosen={tracks.subtitle}
              onChoose={player.chooseSubtitle}
            />
          )}
        </div>
      )}
    </div>
  );
}

interface ChoiceProps {
  legend: string;
  tracks: readonly Track[];
  chosen: number;
  onChoose: (id: number) => void;
}

function Choice({ legend, tracks, chosen, onChoose }: ChoiceProps) {
  const name = useId();
  return (
    <fieldset className={styles.choice}>
      <legend>{legend}</legend>
      {tracks.map((track) => (
        <label key={track.id}>
          <input type="radio" name={name} checked={track.id === chosen} onChange={() => onChoose(track.id)} />
          <span>{track.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
