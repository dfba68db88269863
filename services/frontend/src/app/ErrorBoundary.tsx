import { Component, type ReactNode } from 'react';
import { Notice } from '@/components/Notice';
import styles from './ErrorBoundary.module.css';

/** A fault in our own code, or a new release whose old files are gone: reloading mends the second. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Notice
        title="This page stumbled"
        actions={
          <button type="button" className={styles.reload} onClick={() => location.reload()}>
            Reload the page
          </button>
        }
      >
        Something in it failed, or the gateway was updated while the page was open.
      </Notice>
    );
  }
}
