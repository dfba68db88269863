import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Icon } from '@/components/Icon';
import { ApiError, type SourceAge } from '@/lib/api';
import { duration } from '@/lib/time';
import { showToast } from '@/lib/toasts';
import { words } from '@/words';
import { refreshSource } from './api';
import styles from './Status.module.css';

const says = words.status;

/** Where the channels come from: how old what is shown of each is, and if it is too old, why. */
export function Sources({ sources, mayRefresh }: { sources: readonly SourceAge[]; mayRefresh: boolean }) {
  return (
    <section aria-label={says.sources}>
      <h2 className={styles.heading}>{says.sources}</h2>
      {sources.length === 0 && <p className={styles.hint}>{says.noSources}</p>}
      <ul className={styles.rows}>
        {sources.map((source) => (
          <li
            key={`${source.name} ${source.topic}`}
            className={styles.source}
            data-source={source.name}
            data-topic={source.topic}
            data-stale={source.stale}
          >
            <Mark state={source.stale ? 'poor' : 'good'} />
            <div className={styles.what}>
              <p className={styles.name}>
                {source.name} <small>{says.topics[source.topic] ?? source.topic}</small>
              </p>
              <p className={styles.hint}>{factsOf(source)}</p>
              {source.stale && source.reason && (
                <p className={styles.reason}>
                  <b>{says.stale}</b> {source.reason}
                </p>
              )}
              {(source.unread?.length ?? 0) > 0 && <Unread lines={source.unread ?? []} />}
            </div>
            <p className={styles.age}>{ageOf(source)}</p>
            {mayRefresh && source.topic !== 'configuration' && <Refresh source={source} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Mark({ state }: { state: 'good' | 'fair' | 'poor' }) {
  return <span className={styles.mark} data-state={state} aria-hidden="true" />;
}

function Unread({ lines }: { lines: readonly string[] }) {
  return (
    <details className={styles.unread}>
      <summary>{says.unread(lines.length)}</summary>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </details>
  );
}

function Refresh({ source }: { source: SourceAge }) {
  const [asked, setAsked] = useState<string | null>(null);
  const client = useQueryClient();
  // What was asked for has happened once the report is a newer one.
  const busy = asked !== null && asked === source.checked_at;
  const refresh = async () => {
    setAsked(source.checked_at);
    try {
      await refreshSource(source.name);
      void client.invalidateQueries({ queryKey: ['status'] });
    } catch (error) {
      setAsked(null);
      showToast({
        id: `refresh-${source.name}`,
        title: says.refused(source.name),
        ...(error instanceof ApiError ? { detail: error.message } : {}),
      });
    }
  };
  return (
    <button
      type="button"
      className={styles.refresh}
      disabled={busy}
      data-busy={busy}
      aria-label={says.refresh(source.name)}
      title={says.refresh(source.name)}
      onClick={refresh}
    >
      <Icon name="refresh" />
    </button>
  );
}

function factsOf({ kind, items, topic, failures, refreshes, took_ms: tookMs }: SourceAge): string {
  const facts = [
    kind,
    says.items(items ?? 0, topic ?? 'channels'),
    says.took(duration(Math.max(1_000, tookMs ?? 0))),
  ];
  if (failures) facts.push(says.failures(failures, refreshes ?? 0));
  return facts.join(' · ');
}

function ageOf({ age_s: ageS }: SourceAge): string {
  return ageS === null || ageS === undefined ? says.never : says.ago(duration(ageS * 1_000));
}
