import type { GatewayNode, StatusPage } from '@/lib/api';
import { duration } from '@/lib/time';
import { words } from '@/words';
import { Mark } from './Sources';
import styles from './Status.module.css';

const says = words.status;

/** The processes that are there, and what they say of themselves. */
export function Nodes({ status }: { status: StatusPage }) {
  const { nodes } = status;
  return (
    <section aria-label={says.nodes}>
      <h2 className={styles.heading}>
        {says.nodes} <span className={styles.count}>{nodes.length}</span>
      </h2>
      <ul className={styles.rows}>
        {nodes.map((node) => (
          <li key={`${node.service} ${node.name}`} className={styles.node} data-node={node.service}>
            <Mark state={stateOf(node)} />
            <p className={styles.name}>
              {says.services[node.service] ?? node.service} <small>{node.name}</small>
            </p>
            <p className={styles.hint}>{factsOf(node)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How announcements travel, and how they reach this page. */
export function Wires({
  status,
  link,
  tookMs,
}: {
  status: StatusPage;
  link: string;
  tookMs: number | undefined;
}) {
  const { bus } = status;
  const heard = bus.replicas > 0 && bus.listening === bus.replicas;
  const waiting = bus.waiting ?? 0;
  return (
    <section aria-label={says.wires}>
      <h2 className={styles.heading}>{says.wires}</h2>
      <ul className={styles.rows}>
        <li className={styles.node} data-bus={heard}>
          <Mark state={heard && waiting < 100 ? 'good' : bus.listening > 0 ? 'fair' : 'poor'} />
          <p className={styles.name}>{says.bus}</p>
          <p className={styles.hint}>
            {says.busHint(bus.listening, bus.replicas)} · {says.waiting(waiting)}
          </p>
        </li>
        <li className={styles.node}>
          <Mark state={link !== 'up' ? 'poor' : (tookMs ?? 0) > 600 ? 'fair' : 'good'} />
          <p className={styles.name}>{says.connection}</p>
          <p className={styles.hint}>{link === 'up' ? says.connected(tookMs) : says.notConnected}</p>
        </li>
      </ul>
    </section>
  );
}

function stateOf({ details }: GatewayNode): 'good' | 'fair' | 'poor' {
  const said = details.status;
  return said === undefined || said === 'ok' ? 'good' : said === 'failed' ? 'poor' : 'fair';
}

function factsOf({ details }: GatewayNode): string {
  const facts: string[] = [];
  const number = (name: string) => (typeof details[name] === 'number' ? (details[name] as number) : null);
  const viewers = number('viewers');
  const clients = number('clients');
  const channels = number('channels');
  const sources = number('sources');
  const up = number('uptime_s');
  if (viewers !== null) facts.push(says.viewersHere(viewers));
  if (clients !== null) facts.push(says.clientsHere(clients));
  if (channels !== null) facts.push(says.items(channels, 'channels'));
  if (sources !== null) facts.push(says.sourcesHere(sources));
  if (up !== null) facts.push(says.up(duration(up * 1_000)));
  const failed = failedChecks(details.checks);
  if (failed.length > 0) facts.push(says.without(failed.join(', ')));
  if (details.status === 'draining') facts.push(says.draining);
  return facts.join(' · ');
}

function failedChecks(checks: unknown): string[] {
  if (typeof checks !== 'object' || checks === null) return [];
  return Object.entries(checks)
    .filter(([, check]) => (check as { status?: unknown }).status !== 'ok')
    .map(([name]) => name);
}
