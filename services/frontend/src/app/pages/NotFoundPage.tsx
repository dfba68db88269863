import { ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { useTitle } from '@/lib/useTitle';
import { words } from '@/words';

export default function NotFoundPage() {
  useTitle(words.nowhere.title);
  return (
    <Notice
      alone
      title={words.nowhere.what}
      actions={<ButtonLink href="/">{words.channels.seeAll}</ButtonLink>}
    >
      {words.nowhere.hint}
    </Notice>
  );
}
