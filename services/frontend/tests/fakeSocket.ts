import type { LiveSocket } from '@/lib/realtime';

type Listener = (...bodies: unknown[]) => void;

/** A socket whose server is the test. */
export class FakeSocket {
  connected = false;
  active = false;
  connects = 0;
  readonly sent: [string, unknown][] = [];
  results: unknown = null;
  /** What is acknowledged, by the name of what was said. */
  readonly acks = new Map<string, unknown>();
  readonly #listeners = new Map<string, Set<Listener>>();

  on(name: string, listener: Listener) {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
  }
  off(name: string, listener: Listener) {
    this.#listeners.get(name)?.delete(listener);
  }
  connect() {
    this.connects += 1;
  }
  disconnect() {
    this.connected = false;
  }
  emit(name: string, body: unknown) {
    this.sent.push([name, body]);
  }
  timeout() {
    return {
      emitWithAck: (name: string, body: unknown) => {
        if (name !== 'ping') this.sent.push([name, body]);
        if (this.acks.has(name)) return Promise.resolve(this.acks.get(name));
        return this.results ? Promise.resolve(this.results) : Promise.reject(new Error('timed out'));
      },
    };
  }

  /** The server says. */
  say(name: string, body?: unknown) {
    for (const listener of this.#listeners.get(name) ?? []) listener(body);
  }
  accept() {
    this.connected = true;
    this.active = true;
    this.say('connect');
  }
  /** The connection ends; `comesBack` as the library would by itself. */
  drop(comesBack: boolean) {
    this.connected = false;
    this.active = comesBack;
    this.say('disconnect', comesBack ? 'transport close' : 'io server disconnect');
  }

  get load(): () => Promise<LiveSocket> {
    return () => Promise.resolve(this as unknown as LiveSocket);
  }
}
