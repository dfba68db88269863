import { FakeSocket } from '@tests/fakeSocket';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRealtime, type Realtime } from './realtime';

let socket: FakeSocket;
let realtime: Realtime;
let close: () => void;

beforeEach(async () => {
  vi.useFakeTimers();
  socket = new FakeSocket();
  realtime = createRealtime(socket.load);
  close = realtime.open();
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
  close();
  vi.useRealTimers();
});

const status = (channel_id: string, at: number, after?: number) => ({
  channel_id,
  status: 'online',
  latency_ms: 80,
  cursor: `e-${at}`,
  ...(after === undefined ? {} : { after: `e-${after}` }),
});
const change = (at: number, after: number) => ({ topic: 'channels', cursor: `e-${at}`, after: `e-${after}` });

describe('realtime', () => {
  it('joins all channels as soon as it is connected', () => {
    socket.accept();
    expect(realtime.link()).toBe('up');
    expect(socket.sent).toEqual([['join_channel_updates', {}]]);
  });

  it('asks for what it missed since the last cursor', () => {
    socket.accept();
    socket.say('channel_status', status('ch-1', 41, 40));
    socket.say('catalog_changed', change(42, 41));
    socket.drop(true);
    socket.accept();
    expect(socket.sent.slice(-1)).toEqual([['join_channel_updates', { cursor: 'e-42' }]]);
  });

  it('does not take the present for what it missed', () => {
    socket.accept();
    socket.say('catalog_changed', change(42, 41));
    socket.drop(true);
    socket.accept();
    socket.say('channel_status', status('ch-1', 90));
    socket.drop(true);
    socket.accept();
    expect(realtime.status('ch-1')).toBeDefined();
    expect(socket.sent.slice(-1)).toEqual([['join_channel_updates', { cursor: 'e-42' }]]);
  });

  it('passes everything on once, in order, whatever comes in between', async () => {
    const heard: unknown[] = [];
    realtime.on('catalog_changed', (body) => heard.push(body));
    socket.acks.set('join_channel_updates', { joined: 'all', cursor: 'e-41' });
    socket.accept();
    await vi.advanceTimersByTimeAsync(0);
    socket.say('catalog_changed', change(42, 41));
    socket.say('catalog_changed', change(44, 43));
    expect(socket.sent.slice(-1)).toEqual([['join_channel_updates', { cursor: 'e-42' }]]);
    for (const body of [change(42, 41), change(43, 42), change(44, 43), change(44, 43)])
      socket.say('catalog_changed', body);
    expect(heard).toEqual([change(42, 41), change(43, 42), change(44, 43)]);
  });

  it('knows how long a ping takes, and when none is answered', async () => {
    socket.acks.set('ping', {});
    socket.accept();
    await vi.advanceTimersByTimeAsync(0);
    expect(realtime.roundTripMs()).toBeGreaterThanOrEqual(0);
    socket.acks.delete('ping');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(realtime.roundTripMs()).toBe(5_000);
    socket.drop(true);
    expect(realtime.roundTripMs()).toBeUndefined();
  });

  it('has everything fetched anew where it came back without a cursor', () => {
    const resync = vi.fn();
    realtime.on('resync', resync);
    socket.accept();
    expect(resync).not.toHaveBeenCalled();
    socket.drop(true);
    socket.accept();
    expect(resync).toHaveBeenCalledOnce();
  });

  it('comes back although the server closed the connection by itself', async () => {
    socket.accept();
    socket.drop(false);
    expect(realtime.link()).toBe('down');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(socket.connects).toBe(2);
  });

  it('leaves reconnecting to the library where the library does it', async () => {
    socket.accept();
    socket.drop(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(socket.connects).toBe(1);
  });

  it("tells only a channel's own listeners of its status", () => {
    const mine = vi.fn();
    const other = vi.fn();
    realtime.onStatus('ch-1', mine);
    realtime.onStatus('ch-2', other);
    socket.say('channel_status', status('ch-1', 1, 0));
    expect(mine).toHaveBeenCalledOnce();
    expect(other).not.toHaveBeenCalled();
    expect(realtime.status('ch-1')?.status).toBe('online');
  });

  it('is silent after it was closed', async () => {
    const listener = vi.fn();
    realtime.on('live_event', listener);
    close();
    socket.say('live_event', {});
    await vi.advanceTimersByTimeAsync(60_000);
    expect(listener).not.toHaveBeenCalled();
    expect(socket.connects).toBe(1);
  });
});
