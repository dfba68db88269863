import { Component, type ReactNode } from 'react';
import { Button } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { words } from '@/words';

interface Props {
  /** Where one is: another place is another chance. */
  place: string;
  children: ReactNode;
}

/** A fault in our own code, or a new release whose old files are gone: reloading mends the second. */
export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  override componentDidUpdate(before: Props) {
    if (this.state.failed && before.place !== this.props.place) this.setState({ failed: false });
  }

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
