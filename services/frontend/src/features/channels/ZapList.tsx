import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { ChannelArt } from '@/components/ChannelArt';
import { StatusDot } from '@/components/StatusDot';
import type { Channel } from '@/lib/api';
import { useOnAir, useOnAirOf } from './programmes';
import styles from './ZapList.module.css';

interface ZapListProps {
  title: string;
  channels: readonly Channel[];
  current: string;
  onNow: ReadonlyMap<string, string>;
}

/** The channels around this one, to change over with one tap. */
export function ZapList({ title, channels, current, onNow }: ZapListProps) {
  const list = useRef<HTMLUListElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls when the channel changes, not when the list does.
  useEffect(() => {
    const box = list.current;
    const item = box?.querySelector<HTMLElement>('[aria-current]');
    // Only the list's own scroll: scrollIntoView would move the page as well.
    if (box && item) box.scrollTop = item.offsetTop - box.clientHeight / 3;
  }, [current]);

  useOnAirOf(channels.map(({ id }) => id).join(','));

  return (
    <section className={styles.zap} aria-label={title}>
      <h2 className={styles.title}>{title}</h2>
      <ul ref={list} className={styles.list}>
        {channels.map((channel) => (
          <li key={channel.id}>
            <Link
              className={styles.item ?? ''}
              href={`/watch/${encodeURIComponent(channel.id)}`}
              aria-current={channel.id === current ? 'true' : undefined}
            >
              <span className={styles.art}>
                <ChannelArt name={channel.name} logo={channel.logo} />
              </span>
              <span className={styles.words}>
                <span className={styles.name}>{channel.name}</span>
                <What channel={channel} live={onNow.get(channel.id)} />
              </span>
              <StatusDot channelId={channel.id} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function What({ channel, live }: { channel: Channel; live: string | undefined }) {
  const programme = useOnAir(channel.id)?.now?.title;
  return <span className={live ? styles.live : styles.detail}>{live ?? programme ?? channel.number}</span>;
}
