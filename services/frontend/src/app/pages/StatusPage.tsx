import { Link } from 'wouter';
import { ProblemNotice } from '@/components/Notice';
import { Figures, Nodes, Sources, useStatus, Wires } from '@/features/status';
import { useLink, useRoundTripMs } from '@/lib/useRealtime';
import { useTitle } from '@/lib/useTitle';
import { useVisitor } from '@/lib/visitor';
import { words } from '@/words';
import styles from './StatusPage.module.css';

/** What the gateway is doing, as it does it. */
export default function StatusPage() {
  useTitle(words.status.title);
  const { data: status, error, isPending, refetch } = useStatus();
  const visitor = useVisitor();
  const link = useLink();
  const tookMs = useRoundTripMs();
  if (isPending) return null;
  if (!status) {
    return <ProblemNotice title={words.status.failed} error={error} onRetry={() => refetch()} />;
  }
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1 className={styles.title}>{words.status.title}</h1>
        <p className={styles.sum} role="status">
          {error
            ? words.status.old
            : words.status.sum(status.channels, status.sources.filter(({ stale }) => stale).length)}
        </p>
      </header>
      <Figures status={status} />
      <div className={styles.halves}>
        <Sources sources={status.sources} mayRefresh={visitor?.may_refresh ?? false} />
        <div>
          <Wires status={status} link={link} tookMs={tookMs} />
          <Nodes status={status} />
        </div>
      </div>
      <p className={styles.more}>
        <Link className={styles.link ?? ''} href="/welcome">
          {words.status.addSource}
        </Link>
      </p>
    </div>
  );
}
