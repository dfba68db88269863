/**
 * The official client, as pages use it, for a test to look at: node official_client.mjs FRONTEND BASE OPTIONS.
 *
 * It connects, joins all channels, waits for an announcement, has two questions acknowledged, and leaves. What
 * happens is written to stdout, a JSON array in each line.
 */
import { createRequire } from 'node:module';

const [frontend, base, options] = process.argv.slice(2);
const { io } = createRequire(`${frontend}/package.json`)('socket.io-client');
const { path, namespace, transports } = JSON.parse(options);

const say = (what, body = null) => process.stdout.write(`${JSON.stringify([what, body])}\n`);
const fail = (why) => {
  say('failed', String(why));
  process.exit(1);
};

const socket = io(base + namespace, { path, transports, reconnection: false, forceNew: true });
const transport = () => socket.io.engine.transport.name;
const upgraded = new Promise((resolve) => {
  if (transports.length === 1) resolve();
  else socket.io.engine.once('upgrade', resolve);
});

socket.on('connect_error', fail);
socket.on('catalog_changed', async (change) => {
  say('catalog_changed', change);
  const ask = socket.timeout(10_000);
  say('ping', await ask.emitWithAck('ping', { took_ms: 12 }));
  say('search_channels', await ask.emitWithAck('search_channels', { query: 'zdf' }));
  say('over', transport());
  socket.disconnect();
});
socket.on('connect', async () => {
  await upgraded;
  say('connected', transport());
  say('joined', await socket.timeout(10_000).emitWithAck('join_channel_updates', {}));
});
process.on('unhandledRejection', fail);
