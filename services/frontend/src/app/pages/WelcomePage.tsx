import { ButtonLink } from '@/components/Button';
import { CopyField } from '@/components/CopyField';
import { useSettled } from '@/lib/useSettled';
import { useTitle } from '@/lib/useTitle';
import { useVisitor } from '@/lib/visitor';
import { words } from '@/words';
import styles from './WelcomePage.module.css';

const says = words.welcome;

/** What the demo is, and the exact lines with which a source of one's own takes its place. */
export default function WelcomePage() {
  useTitle(says.title);
  const visitor = useVisitor();
  const demo = visitor?.demo ?? false;
  // It says other things of a demo, and longer ones.
  if (!useSettled(visitor !== undefined)) return null;
  return (
    <div className={styles.page}>
      <h1 className={styles.title}>{demo ? says.titleDemo : says.title}</h1>
      {demo && <p className={styles.lead}>{says.demo}</p>}
      <p className={styles.lead}>{says.how}</p>
      <ol className={styles.ways}>
        {says.ways.map(({ name, text, line }) => (
          <li key={name} className={styles.way}>
            <h2 className={styles.name}>{name}</h2>
            <p className={styles.text}>{text}</p>
            <CopyField label={name} value={line} />
          </li>
        ))}
        <li className={styles.way}>
          <h2 className={styles.name}>{says.file.name}</h2>
          <p className={styles.text}>{says.file.text}</p>
          <CopyField label={says.file.name} value={says.file.line} />
          <pre className={styles.file}>{says.file.content}</pre>
        </li>
      </ol>
      <p className={styles.text}>{says.afterwards}</p>
      <p className={styles.back}>
        <ButtonLink href="/">{says.back}</ButtonLink>
      </p>
    </div>
  );
}
