import type { StatusPage } from '@/lib/api';
import { words } from '@/words';
import { parts, sending, useSamples } from './history';
import { Sparkline } from './Sparkline';
import styles from './Status.module.css';

const says = words.status;

interface Figure {
  key: string;
  label: string;
  value: string;
  /** As it is counted, for whoever compares. */
  exact: number | null;
  hint: string;
  chart: readonly (number | null)[];
  most?: number;
}

/** The handful of numbers that say whether all is well, each with its last minutes. */
export function Figures({ status }: { status: StatusPage }) {
  const samples = useSamples();
  const sent = sending(samples);
  const { ratios, statuses } = status;
  const figures: Figure[] = [
    {
      key: 'viewers',
      label: says.viewers,
      value: status.viewers.toLocaleString(),
      exact: status.viewers,
      hint: says.onChannels(Object.keys(status.viewers_by_channel).length),
      chart: samples.map(({ viewers }) => viewers),
    },
    {
      key: 'sending',
      label: says.sending,
      value: megabits(sent.at(-1)),
      exact: status.media.sent_bytes,
      hint: says.megabits,
      chart: sent,
    },
    {
      key: 'fetched',
      label: says.fetched,
      value: percent(ratios.fetched),
      exact: ratios.fetched ?? null,
      hint: says.fetchedHint(status.media.fetched, status.media.bodies),
      chart: parts(samples, 'fetched', 'bodies'),
      most: 1,
    },
    {
      key: 'from_memory',
      label: says.fromMemory,
      value: percent(ratios.from_memory),
      exact: ratios.from_memory ?? null,
      hint: says.fromMemoryHint,
      chart: parts(samples, 'fromMemory', 'bodies'),
      most: 1,
    },
    {
      key: 'clients',
      label: says.clients,
      value: status.clients.toLocaleString(),
      exact: status.clients,
      hint: says.clientsHint,
      chart: samples.map(({ clients }) => clients),
    },
    {
      key: 'online',
      label: says.online,
      value: percent(ratios.channels_online),
      exact: ratios.channels_online,
      hint: says.onlineHint(statuses.online ?? 0, statuses.offline ?? 0, status.channels),
      chart: [],
    },
  ];
  return (
    <section aria-label={says.figures}>
      <ul className={styles.figures}>
        {figures.map(({ key, label, value, exact, hint, chart, most }) => (
          <li key={key} className={styles.figure} data-figure={key} data-exact={exact ?? ''}>
            <h2 className={styles.label}>{label}</h2>
            <p className={styles.value}>{value}</p>
            <p className={styles.hint}>{hint}</p>
            {chart.length > 1 && (
              <Sparkline
                values={chart}
                label={says.chartOf(label)}
                {...(most === undefined ? {} : { most })}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined) return '–';
  return `${(ratio * 100).toLocaleString(undefined, { maximumFractionDigits: ratio < 0.1 || ratio > 0.99 ? 1 : 0 })} %`;
}

function megabits(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 });
}
