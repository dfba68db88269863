import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { App } from '@/app/App';
import { createRealtime } from '@/lib/realtime';
import { FakeSocket } from './fakeSocket';
import { channels } from './records';

/** The page before a gateway that wants a token, and knows one. */

let loggedIn: boolean;
let limited: boolean;

beforeEach(() => {
  loggedIn = false;
  limited = false;
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => respond(path, init));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function respond(path: string, init?: RequestInit): Response {
  if (path === '/api/login') {
    if (limited) return problem(429, 'rate_limited');
    loggedIn = JSON.parse(String(init?.body)).token === 'open sesame';
    return loggedIn ? new Response(null, { status: 204 }) : problem(401, 'access_denied');
  }
  if (!loggedIn) return problem(401, 'access_denied');
  if (path.startsWith('/api/events')) return Response.json({ version: 'v1', categories: [], events: [] });
  return Response.json({ version: 'v1', total: 1, groups: [], channels: channels(2), next_cursor: null });
}

function problem(status: number, code: string): Response {
  return Response.json({ title: 'Problem', status, code, detail: '' }, { status });
}

async function open() {
  render(<App realtime={createRealtime(new FakeSocket().load)} />);
  await act(async () => {});
}

it('asks for a token, says when it is wrong, and shows the channels once it is right', async () => {
  await open();
  const field = await screen.findByLabelText('Token');
  await userEvent.type(field, 'guess{Enter}');
  expect(await screen.findByText('No one here has this token.')).toBeTruthy();
  await userEvent.clear(field);
  await userEvent.type(field, 'open sesame');
  await userEvent.click(screen.getByRole('button', { name: 'Log in' }));
  expect(await screen.findByRole('link', { name: /^1 Channel 1/ })).toBeTruthy();
  expect(screen.queryByLabelText('Token')).toBeNull();
});

it('says when there were too many attempts', async () => {
  limited = true;
  await open();
  await userEvent.type(await screen.findByLabelText('Token'), 'guess{Enter}');
  expect(await screen.findByText(/^Too many attempts/)).toBeTruthy();
});
