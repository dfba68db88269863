import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { comeIn, type LoginOutcome, login } from '@/lib/access';
import { useTitle } from '@/lib/useTitle';
import { words } from '@/words';
import styles from './LoginPage.module.css';

type Attempt = LoginOutcome | 'none' | 'asking';

/** Asks for the token that this gateway wants. Once it has one, what was asked for before is fetched again. */
export function LoginPage() {
  useTitle(words.login.submit);
  const [token, setToken] = useState('');
  const [attempt, setAttempt] = useState<Attempt>('none');
  const client = useQueryClient();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setAttempt('asking');
    const outcome = await login(token.trim());
    setAttempt(outcome);
    if (outcome !== 'welcome') return;
    client.clear();
    comeIn();
  };

  const complaint = complaintOf(attempt);
  return (
    <form className={styles.login} onSubmit={submit}>
      <h1 className={styles.title}>{words.login.title}</h1>
      <p className={styles.text}>{words.login.text}</p>
      <label className={styles.row}>
        <span className="visually-hidden">{words.login.token}</span>
        <input
          className={styles.field}
          type="password"
          name="token"
          placeholder={words.login.token}
          autoComplete="current-password"
          required
          value={token}
          aria-invalid={attempt === 'wrong token'}
          aria-describedby="login-complaint"
          onChange={(event) => setToken(event.target.value)}
        />
      </label>
      <p id="login-complaint" className={styles.complaint} role="alert">
        {complaint}
      </p>
      <button type="submit" className={styles.button} disabled={attempt === 'asking'}>
        {words.login.submit}
      </button>
    </form>
  );
}

function complaintOf(attempt: Attempt): string {
  switch (attempt) {
    case 'wrong token':
      return words.login.wrong;
    case 'too many attempts':
      return words.login.tooMany;
    case 'unreachable':
      return words.login.unreachable;
    case 'none':
    case 'asking':
    case 'welcome':
      return '';
  }
}
