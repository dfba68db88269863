import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** In development the page is Vite's and everything else is the gateway's, as it is behind Caddy. */
const gateway = process.env.GATEWAY ?? 'http://localhost:3232';
const proxied = ['/api', '/stream', '/content', '/key', '/logo', '/playlist.m3u8', '/epg.xml', '/health'];

/** Compressed once, as hard as can be, beside each file: the web server only has to send it. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle({ dir = 'dist' }) {
      for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const body = readFileSync(join(dir, name));
        writeFileSync(join(dir, `${name}.br`), brotliCompressSync(body));
        writeFileSync(join(dir, `${name}.gz`), gzipSync(body, { level: 9 }));
      }
    },
  };
}

/**
 * The service worker, told what the page is built of. What plays media is left out: without a network there is
 * nothing to play, and it is most of the bytes.
 */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    writeBundle({ dir = 'dist' }) {
      const assets = readdirSync(join(dir, 'assets')).filter(
        (name) => /\.(js|css|woff2)$/.test(name) && !/^(hls|dash|native)|\.worker/.test(name),
      );
      const named = ['theme.js', 'favicon.svg', 'manifest.json', 'icon-192.png', 'icon-512.png'];
      const files = [
        '/',
        ...named.map((name) => `/${name}`),
        ...assets.sort().map((name) => `/assets/${name}`),
      ];
      const page = createHash('sha256').update(readFileSync(join(dir, 'index.html')));
      const version = page.update(files.join()).digest('hex').slice(0, 12);
      const worker = readFileSync(fileURLToPath(new URL('./src/pwa/sw.js', import.meta.url)), 'utf8');
      const told = `self.__SHELL = ${JSON.stringify({ version, files })};\n`;
      writeFileSync(join(dir, 'sw.js'), told + worker);
    },
  };
}

const own = fileURLToPath(new URL('./src/', import.meta.url));
const framework = /\/node_modules\/(react|react-dom|scheduler|wouter|@tanstack\/[a-z-]+)\//;

/** Whether the first page has a module in common with others: React, what is ours and small, what the build adds. */
function isShared(id: string): boolean {
  if (id.startsWith(own)) return /^(lib\/|config\/|words\.)|\/(Button|Icon)\./.test(id.slice(own.length));
  return id.startsWith('\0') || framework.test(id);
}

export default defineConfig({
  plugins: [react(), serviceWorker(), compressed()],
  resolve: {
    alias: {
      '@': fileURLToPath(new URL('./src', import.meta.url)),
      '@tests': fileURLToPath(new URL('./tests', import.meta.url)),
    },
  },
  server: {
    port: 5173,
    proxy: {
      ...Object.fromEntries(proxied.map((path) => [path, gateway])),
      '/_event': { target: gateway, ws: true },
    },
  },
  build: {
    target: ['chrome100', 'firefox102', 'safari15.4'],
    assetsDir: 'assets',
    // One sheet for all pages: a dozen small ones are as many round trips, and half as large again.
    cssCodeSplit: false,
    // A data: address would need an exception in the page's content security policy.
    assetsInlineLimit: 0,
    // The policy also forbids the inline script that the polyfill would add.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // What the first page shares with others comes in one file: nine small ones are as many round trips.
        codeSplitting: {
          groups: [{ name: 'shared', test: isShared }],
        },
      },
    },
  },
  worker: { format: 'es' },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.{ts,tsx}'],
    setupFiles: ['./tests/setup.ts'],
    restoreMocks: true,
    // A machine that builds something else at the same time is three times as slow.
    testTimeout: 15_000,
    css: { modules: { classNameStrategy: 'non-scoped' } },
  },
});
