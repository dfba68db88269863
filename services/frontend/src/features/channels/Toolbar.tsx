import { useMemo } from 'react';
import { Chips } from '@/components/Chips';
import { Icon } from '@/components/Icon';
import type { Channel, Group } from '@/lib/api';
import { country as countryName } from '@/lib/naming';
import { words } from '@/words';
import { type Choice, countriesOf, type Sort } from './rows';
import styles from './Toolbar.module.css';
import { chooseView, useView } from './view';

interface ToolbarProps {
  groups: readonly Group[];
  channels: readonly Channel[];
  choice: Choice;
  onChoose: (choice: Partial<Choice>) => void;
}

const sorts = Object.entries(words.channels.sorts) as [Sort, string][];

/** What narrows and orders the grid: groups and countries as chips, the order, and the way it is drawn. */
export function Toolbar({ groups, channels, choice, onChoose }: ToolbarProps) {
  const view = useView();
  const other = view === 'grid' ? 'list' : 'grid';
  const label = other === 'list' ? words.channels.asList : words.channels.asGrid;
  return (
    <div className={styles.toolbar}>
      <div className={styles.chips}>
        <GroupChips groups={groups} selected={choice.group} onSelect={(group) => onChoose({ group })} />
        <CountryChips
          channels={channels}
          selected={choice.country}
          onSelect={(country) => onChoose({ country })}
        />
      </div>
      <label className={styles.sort}>
        <Icon name="sort" />
        <select
          aria-label={words.channels.sort}
          value={choice.sort}
          onChange={(event) => onChoose({ sort: event.target.value as Sort })}
        >
          {sorts.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className={styles.view}
        aria-label={label}
        title={label}
        onClick={() => chooseView(other)}
      >
        <Icon name={other} />
      </button>
    </div>
  );
}

interface ChoiceProps {
  selected: string;
  onSelect: (value: string) => void;
}

function GroupChips({ groups, selected, onSelect }: ChoiceProps & { groups: readonly Group[] }) {
  const chips = useMemo(
    () => [
      { value: '', label: words.channels.anyGroup },
      ...groups
        .filter(({ name }) => name !== '')
        .map(({ name, channels }) => ({ value: name, label: name, count: channels })),
    ],
    [groups],
  );
  if (chips.length < 3) return null;
  return <Chips legend={words.channels.groups} chips={chips} selected={selected} onSelect={onSelect} />;
}

/** A second press on a country's chip lets go of it: there is no chip for "everywhere" to look for. */
function CountryChips({ channels, selected, onSelect }: ChoiceProps & { channels: readonly Channel[] }) {
  const countries = useMemo(() => countriesOf(channels), [channels]);
  if (countries.length < 2) return null;
  const chips = countries.map(({ code, count }) => ({ value: code, label: countryName(code), count }));
  return (
    <Chips
      legend={words.channels.countries}
      chips={chips}
      selected={selected}
      onSelect={(code) => onSelect(code === selected ? '' : code)}
    />
  );
}
