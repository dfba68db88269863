import { Component, type ReactNode } from 'react';
import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { words } from '@/words';

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
        title={words.faults.stumbled}
        actions={<Button onClick={() => location.reload()}>{words.faults.reload}</Button>}
      >
        {words.faults.stumbledHint}
      </Notice>
    );
  }
}
