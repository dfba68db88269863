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

const status = (channel_id: string, cursor: string) => ({
  channel_id,
  status: 'online',
  latency_ms: 80,
  cursor,
});

describe('realtime', () => {
  it('joins all channels as soon as it is connected', () => {
    socket.accept();
    expect(realtime.link()).toBe('up');
    expect(socket.sent).toEqual([['join_channel_updates', {}]]);
  });

  it('asks for what it missed since the last cursor', () => {
    socket.accept();
    socket.say('channel_status', status('ch-1', 'epoch:41'));
    socket.say('catalog_changed', { topic: 'channels', cursor: 'epoch:42' });
    socket.drop(true);
    socket.accept();
    expect(socket.sent.slice(-2)).toEqual([
      ['join_channel_updates', {}],
      ['resume', { cursor: 'epoch:42' }],
    ]);
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
    socket.say('channel_status', status('ch-1', 'epoch:1'));
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
