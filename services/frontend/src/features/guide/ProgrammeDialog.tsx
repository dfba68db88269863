import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { ChannelArt } from '@/components/ChannelArt';
import { Icon } from '@/components/Icon';
import type { Channel } from '@/lib/api';
import { duration, useNow } from '@/lib/time';
import { words } from '@/words';
import { spanText } from './axis';
import type { Showing } from './cells';
import styles from './ProgrammeDialog.module.css';

interface ProgrammeDialogProps {
  channel: Channel;
  /** Null where the guide knows nothing: the channel can be watched all the same. */
  showing: Showing | null;
  onClose: () => void;
}

/** What a programme is, and the way to it. Escape and a click beside it close it, and the focus goes back. */
export function ProgrammeDialog({ channel, showing, onClose }: ProgrammeDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const watch = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    watch.current?.focus();
  }, []);
  const programme = showing?.programme;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the dialog's own key for it.
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby="programme-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div className={styles.body}>
        <div className={styles.top}>
          <span className={styles.art}>
            {programme?.icon ? (
              <img className={styles.picture} src={programme.icon} alt="" />
            ) : (
              <ChannelArt name={channel.name} logo={channel.logo} eager />
            )}
          </span>
          <button
            type="button"
            className={styles.close}
            aria-label={words.guide.close}
            onClick={() => dialog.current?.close()}
          >
            <Icon name="close" />
          </button>
        </div>
        <p className={styles.channel}>
          {channel.number} · {channel.name}
        </p>
        <h2 id="programme-title" className={styles.title}>
          {programme?.title ?? words.guide.nothingKnown}
        </h2>
        {showing && <Facts showing={showing} />}
        {programme?.description && <p className={styles.text}>{programme.description}</p>}
        <div className={styles.actions}>
          <Link ref={watch} className={styles.watch ?? ''} href={`/watch/${encodeURIComponent(channel.id)}`}>
            <Icon name="play" filled />
            {words.guide.watch(channel.name)}
          </Link>
        </div>
      </div>
    </dialog>
  );
}

function Facts({ showing: { start, stop, programme } }: { showing: Showing }) {
  const now = useNow(30_000);
  const isOn = start <= now && now < stop;
  const facts = [programme.episode, programme.subtitle, ...(programme.categories ?? [])].filter(Boolean);
  return (
    <>
      <p className={styles.when}>
        {spanText(start, stop, now)} · {duration(stop - start)}
        {isOn && <span className={styles.on}>{words.watch.minutesLeft(duration(stop - now))}</span>}
      </p>
      {isOn && (
        <progress
          className={styles.progress}
          max={stop - start}
          value={now - start}
          aria-label={words.guide.howFar}
        />
      )}
      {facts.length > 0 && <p className={styles.facts}>{facts.join(' · ')}</p>}
    </>
  );
}
