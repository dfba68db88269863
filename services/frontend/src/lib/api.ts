import { REQUEST_TIMEOUT_MS } from '@/config';
import { words } from '@/words';
import { noteRefusal } from './access';
import type { components } from './api-types';

type Schemas = components['schemas'];

export type Channel = Schemas['ChannelView'];
export type ChannelPage = Schemas['ChannelPage'];
export type Group = Schemas['Group'];
export type ChannelNow = Schemas['ChannelNow'];
export type NowPage = Schemas['NowPage'];
export type Programme = Schemas['Programme'];
export type GuidePage = Schemas['GuidePage'];
export type StatusPage = Schemas['StatusPage'];
export type SourceAge = Schemas['SourceAge'];
export type GatewayNode = Schemas['Node'];
export type Visitor = Schemas['Visitor'];
export type OwnToken = Schemas['OwnToken'];
export type Status = Schemas['Status'];
export type LiveEvent = Schemas['Event'];
export type EventPage = Schemas['EventPage'];
export type Hit = Schemas['Hit'];
export type SearchResults = Schemas['SearchResults'];
export type ChannelStatus = Schemas['ChannelStatus'];
export type EventStateChange = Schemas['EventStateChanged'];
export type CatalogChange = Schemas['CatalogChanged'];
export type Place = Schemas['Place'];
export type Resumed = Schemas['Resumed'];
export type JoinedUpdates = Schemas['JoinedUpdates'];
export type Refusal = Schemas['Refusal'];
export type Problem = Schemas['Problem'];

/** A request that did not give what was asked for; `problem` is RFC 9457's, or one of the two we write ourselves. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
    this.problem = problem;
  }

  /** Whether asking again may help: not when the request itself was wrong. */
  get temporary(): boolean {
    return this.problem.status === 0 || this.problem.status === 429 || this.problem.status >= 500;
  }
}

/** Get JSON from this server. Throws an `ApiError`, or the signal's abort. */
export async function getJson<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  return ask(path, 'GET', async (response) => (await response.json()) as Body, signal);
}

/** Have something done; the answer is of no interest. */
export async function post(path: string): Promise<void> {
  await ask(path, 'POST', async () => {});
}

/** Ask for what is not told to a mere look. */
export async function postJson<Body>(path: string): Promise<Body> {
  return ask(path, 'POST', async (response) => (await response.json()) as Body);
}

async function ask<Answer>(
  path: string,
  method: string,
  read: (response: Response) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), REQUEST_TIMEOUT_MS);
  const giveUp = () => timeout.abort();
  signal?.addEventListener('abort', giveUp);
  try {
    const headers = { Accept: 'application/json' };
    const response = await fetch(path, { method, headers, signal: timeout.signal });
    if (!response.ok) {
      const problem = await problemOf(response);
      noteRefusal(problem.code);
      throw new ApiError(problem);
    }
    return await read(response);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (signal?.aborted) throw signal.reason;
    throw new ApiError(unreachable());
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** A path with the parameters that have a value. */
export function withQuery(path: string, query: Record<string, string | number | null | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}

/** Read a problem out of any text, whoever wrote it; null where it is none. */
export function parseProblem(text: string): Problem | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('code' in body) || !('title' in body)) return null;
    return { type: 'about:blank', status: 0, detail: '', request_id: '', ...body } as Problem;
  } catch {
    return null;
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '');
  const problem = parseProblem(text);
  return problem ? { ...problem, status: response.status } : unexpected(response.status);
}

function unexpected(status: number): Problem {
  return {
    type: 'about:blank',
    title: words.faults.unexpected,
    status,
    detail: words.faults.unexpectedDetail(status),
    code: 'unexpected_answer',
    request_id: '',
  };
}

function unreachable(): Problem {
  return {
    type: 'about:blank',
    title: words.faults.noAnswer,
    status: 0,
    detail: words.faults.noAnswerDetail,
    code: 'unreachable',
    request_id: '',
  };
}
