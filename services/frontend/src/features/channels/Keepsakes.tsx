import { type ChangeEvent, useRef } from 'react';
import { Pill } from '@/components/Pill';
import { saveFile } from '@/lib/saveFile';
import { showToast } from '@/lib/toasts';
import { words } from '@/words';
import styles from './Keepsakes.module.css';
import { exported, imported } from './keepsakes';

/** Favourites and recents as a file: out of this device, and into it. */
export function Keepsakes() {
  const file = useRef<HTMLInputElement>(null);
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0];
    event.target.value = '';
    if (!chosen) return;
    const count = imported(await chosen.text());
    showToast(
      count === null
        ? { id: 'keepsakes', title: words.keepsakes.failed, detail: words.keepsakes.failedHint }
        : { id: 'keepsakes', title: words.keepsakes.done(count) },
    );
  };
  return (
    <section className={styles.keepsakes} aria-label={words.keepsakes.title}>
      <div>
        <h2 className={styles.title}>{words.keepsakes.title}</h2>
        <p className={styles.text}>{words.keepsakes.text}</p>
      </div>
      <div className={styles.buttons}>
        <Pill
          as="button"
          icon="save"
          onClick={() => saveFile('favourites.json', 'application/json', exported())}
        >
          {words.keepsakes.save}
        </Pill>
        <Pill as="button" icon="load" onClick={() => file.current?.click()}>
          {words.keepsakes.load}
        </Pill>
        <input
          ref={file}
          type="file"
          accept="application/json,.json"
          hidden
          aria-label={words.keepsakes.load}
          onChange={read}
        />
      </div>
    </section>
  );
}
