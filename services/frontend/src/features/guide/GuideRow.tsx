import { memo, useDeferredValue, useMemo } from 'react';
import { Link } from 'wouter';
import { ChannelArt } from '@/components/ChannelArt';
import type { Channel } from '@/lib/api';
import { HOUR } from '@/lib/time';
import { words } from '@/words';
import { SLOT, spanText } from './axis';
import { type Cell, cellsOf, type Part, type Showing } from './cells';
import styles from './Guide.module.css';

interface GuideRowProps {
  channel: Channel;
  parts: readonly Part[] | undefined;
  from: number;
  to: number;
  now: number;
  /** The moment that the cursor is at in this row; null if it is in another, or on the channel. */
  at: number | null;
  /** Whether it is on the channel, in this row. */
  onChannel: boolean;
  index: number;
  top: number;
  height: number;
  origin: number;
  column: number;
  hour: number;
  onChoose: (channel: Channel, showing: Showing | null) => void;
}

const none: readonly never[] = [];
/** How far from the first time that is drawn the programmes' left edge is, at most: it lies beyond the channels. */
const LEADING = 4 * SLOT;

/** One channel: its picture, which stays where it is, and what it shows, which moves by under it. */
export const GuideRow = memo(function GuideRow(props: GuideRowProps) {
  const { channel, parts = none, from, to, now, at, index, top, height, onChoose } = props;
  const cells = useMemo(() => cellsOf(parts, from, to), [parts, from, to]);
  // No frame waits for what rushes past; but keys find the next cell in the row that they are in.
  const deferred = useDeferredValue<readonly Cell[]>(cells, at === null ? none : cells);
  const drawn = at === null ? deferred : cells;
  const xOf = (time: number) => props.column + ((time - props.origin) / HOUR) * props.hour;
  return (
    <div
      className={styles.row}
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)`, height }}
      data-row={index}
      data-channel-id={channel.id}
    >
      <div className={styles.channel} role="rowheader">
        <Link
          className={styles.link ?? ''}
          href={`/watch/${encodeURIComponent(channel.id)}`}
          tabIndex={props.onChannel ? 0 : -1}
          data-cursor={props.onChannel}
        >
          <span className={styles.art}>
            <ChannelArt name={channel.name} logo={channel.logo} eager />
          </span>
          <span className={styles.name}>
            <span className={styles.number}>{channel.number}</span> {channel.name}
          </span>
        </Link>
      </div>
      {drawn.map((cell) => (
        <GuideCell
          key={`${cell.kind}${cell.start}`}
          kind={cell.kind}
          start={cell.start}
          stop={cell.stop}
          showing={cell.kind === 'programme' ? cell : null}
          channel={channel}
          when={cell.stop <= now ? 'past' : cell.start <= now ? 'now' : 'next'}
          left={xOf(cell.start)}
          width={((cell.stop - cell.start) / HOUR) * props.hour}
          leads={cell.start < from + LEADING}
          chosen={at !== null && cell.start <= at && at < cell.stop}
          onChoose={onChoose}
        />
      ))}
      {from <= now && now < to && <i className={styles.now} style={{ left: xOf(now) }} aria-hidden="true" />}
    </div>
  );
});

interface GuideCellProps {
  kind: Cell['kind'];
  start: number;
  stop: number;
  showing: Showing | null;
  channel: Channel;
  when: 'past' | 'now' | 'next';
  left: number;
  width: number;
  /** Whether the window's left edge may be in it: then what it is called stays in view. */
  leads: boolean;
  chosen: boolean;
  onChoose: (channel: Channel, showing: Showing | null) => void;
}

/** Drawn once: while the guide is scrolled only those are that come into view, or to its edge. */
const GuideCell = memo(function GuideCell(props: GuideCellProps) {
  const { kind, start, stop, showing, channel, when, left, width, leads, chosen, onChoose } = props;
  return (
    <div className={styles.cell} role="gridcell" style={{ left, width }}>
      <button
        type="button"
        className={styles.programme}
        tabIndex={chosen ? 0 : -1}
        data-cursor={chosen}
        data-kind={kind}
        data-when={when}
        data-leads={leads}
        data-start={start}
        data-stop={stop}
        aria-label={spoken(showing, channel)}
        onClick={() => onChoose(channel, showing)}
      >
        {showing ? (
          <span className={styles.words}>
            <span className={styles.title}>{showing.programme.title}</span>{' '}
            <span className={styles.detail}>{detailOf(showing)}</span>
          </span>
        ) : (
          kind === 'gap' && <span className={styles.nothing}>{words.guide.nothingKnown}</span>
        )}
      </button>
    </div>
  );
});

function detailOf({ programme }: Showing): string {
  return (
    [programme.episode, programme.subtitle].filter(Boolean).join(' · ') || (programme.categories?.[0] ?? '')
  );
}

/** What, when and where, for who hears the page: to the eye a programme's place in the grid says the rest. */
function spoken(showing: Showing | null, channel: Channel): string {
  if (!showing) return `${words.guide.nothingKnown}, ${channel.name}`;
  const what = `${showing.programme.title} ${detailOf(showing)}`.trim();
  return `${what}, ${spanText(showing.start, showing.stop, Date.now())}, ${channel.name}`;
}
