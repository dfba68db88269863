import { useMemo, useState } from 'react';
import { ChannelArt } from '@/components/ChannelArt';
import { Chip } from '@/components/Chips';
import { Icon } from '@/components/Icon';
import { TextField } from '@/components/TextField';
import type { Channel, Group } from '@/lib/api';
import { plain } from '@/lib/naming';
import { words } from '@/words';
import { type Choice, countOf, everything, toggled } from './addresses';
import styles from './Narrow.module.css';

const says = words.playlist;
const SHOWN = 40;

interface NarrowProps {
  groups: readonly Group[];
  channels: readonly Channel[];
  favourites: readonly string[];
  choice: Choice;
  onChoose: (choice: Choice) => void;
}

/** Which groups and channels the addresses bring. What is chosen by its group grows with the group. */
export function Narrow({ groups, channels, favourites, choice, onChoose }: NarrowProps) {
  const named = groups.filter(({ name }) => name !== '');
  const all = choice.groups.length === 0 && choice.ids.length === 0;
  return (
    <section className={styles.narrow} aria-label={says.narrow}>
      <header className={styles.head}>
        <h2 className={styles.title}>{says.narrow}</h2>
        <p className={styles.count} role="status">
          {says.comesTo(countOf(channels, choice), all)}
        </p>
      </header>
      <fieldset className={styles.choices}>
        <legend className="visually-hidden">{words.channels.groups}</legend>
        <Chip pressed={all} onPress={() => onChoose(everything)}>
          {says.everything}
        </Chip>
        {favourites.length > 0 && (
          <Chip
            pressed={favourites.every((id) => choice.ids.includes(id))}
            onPress={() => onChoose({ ...choice, ids: withAll(choice.ids, favourites) })}
          >
            <Icon name="star" />
            {words.channels.favourites}
          </Chip>
        )}
        {named.map(({ name, channels: count }) => (
          <Chip
            key={name}
            pressed={choice.groups.includes(name)}
            count={count}
            onPress={() => onChoose({ ...choice, groups: toggled(choice.groups, name) })}
          >
            {name}
          </Chip>
        ))}
      </fieldset>
      <Single
        channels={channels}
        chosen={choice.ids}
        onToggle={(id) => onChoose({ ...choice, ids: toggled(choice.ids, id) })}
      />
    </section>
  );
}

interface SingleProps {
  channels: readonly Channel[];
  chosen: readonly string[];
  onToggle: (id: string) => void;
}

/** Single channels: those that were chosen first, then those whose name fits what is typed. */
function Single({ channels, chosen, onToggle }: SingleProps) {
  const [typed, setTyped] = useState('');
  const shown = useMemo(() => {
    const wanted = plain(typed).split(' ').filter(Boolean);
    const mine = channels.filter(({ id }) => chosen.includes(id));
    if (wanted.length === 0) return mine.slice(0, SHOWN);
    const found = channels.filter(
      ({ id, name }) => !chosen.includes(id) && wanted.every((word) => plain(name).includes(word)),
    );
    return [...mine, ...found].slice(0, SHOWN);
  }, [channels, chosen, typed]);
  return (
    <div className={styles.single}>
      <div className={styles.find}>
        <TextField label={says.addChannels} value={typed} onChange={setTyped} />
      </div>
      {shown.length > 0 && (
        <ul className={styles.channels}>
          {shown.map((channel) => (
            <li key={channel.id}>
              <label className={styles.channel}>
                <input
                  type="checkbox"
                  checked={chosen.includes(channel.id)}
                  onChange={() => onToggle(channel.id)}
                />
                <span className={styles.art}>
                  <ChannelArt name={channel.name} logo={channel.logo} />
                </span>
                <span className={styles.name}>{channel.name}</span>
                <span className={styles.mark} aria-hidden="true">
                  <Icon name="done" />
                </span>
              </label>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A second press takes them all out again. */
function withAll(ids: readonly string[], more: readonly string[]): readonly string[] {
  if (more.every((id) => ids.includes(id))) return ids.filter((id) => !more.includes(id));
  return [...new Set([...ids, ...more])];
}
