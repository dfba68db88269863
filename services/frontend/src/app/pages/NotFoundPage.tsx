import { ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { useTitle } from '@/lib/useTitle';

export default function NotFoundPage() {
  useTitle('Not found');
  return (
    <Notice title="Nothing is broadcast here" actions={<ButtonLink href="/">See all channels</ButtonLink>}>
      The address leads nowhere on this gateway.
    </Notice>
  );
}
