import type { ReactNode } from 'react';
import { ApiError } from '@/lib/api';
import { words } from '@/words';
import { Button } from './Button';
import styles from './Notice.module.css';

interface NoticeProps {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  /** Something is being waited for: three quiet dots say that the page is alive. */
  busy?: boolean;
  /** It is all that the page has, so its title is the page's. */
  alone?: boolean;
}

/** What a page says in place of its content: nothing yet, nothing found, or what went wrong. */
export function Notice({ title, children, actions, busy = false, alone = false }: NoticeProps) {
  const Title = alone ? 'h1' : 'h2';
  return (
    <div className={styles.notice} role="status">
      {busy && (
        <span className={styles.busy} aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
      )}
      <Title className={styles.title}>{title}</Title>
      {children && <p className={styles.text}>{children}</p>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

interface ProblemNoticeProps {
  title: string;
  error: unknown;
  onRetry?: () => void;
  alone?: boolean;
}

/** A failed request, in the server's own words. */
export function ProblemNotice({ title, error, onRetry, alone = false }: ProblemNoticeProps) {
  const problem = error instanceof ApiError ? error.problem : null;
  return (
    <Notice
      title={title}
      alone={alone}
      actions={onRetry && <Button onClick={onRetry}>{words.watch.again}</Button>}
    >
      {problem?.detail || problem?.title || words.faults.page}
      {problem && (
        <span className={styles.code}>
          {problem.code}
          {problem.request_id && ` · ${problem.request_id}`}
        </span>
      )}
    </Notice>
  );
}
