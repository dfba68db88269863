/*
 * The page without a network: what it is built of, kept by the browser. Only that: what the gateway says, and all
 * media, goes by here untouched. Pages come from the network as long as there is one, so that a new version is
 * seen at once; files with a hash in their name are the same for ever and come from here.
 *
 * `self.__SHELL` is written by the build: {version, files}.
 */
const { version, files } = self.__SHELL;
const CACHE = `shell-${version}`;
const PAGES = /^\/(|guide|schedule|playlist|status|several|welcome|watch\/[^/]+)$/;
const known = new Set(files);

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(files))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(tidied().then(() => self.clients.claim()));
});

/** A page of the version before may still be open, and ask for a file of it: that one stays, too. */
async function tidied() {
  const old = (await caches.keys()).filter((name) => name.startsWith('shell-') && name !== CACHE);
  await Promise.all(old.slice(0, -1).map((name) => caches.delete(name)));
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (PAGES.test(pathname)) event.respondWith(page(request));
  } else if (pathname.startsWith('/assets/') || known.has(pathname)) {
    event.respondWith(file(request, pathname));
  }
});

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await newest('/')) ?? Response.error();
  }
}

/** Of what has no hash in its name, a release before this one has another. */
function newest(pathname) {
  return caches.match(pathname, { cacheName: CACHE });
}

async function file(request, pathname) {
  // What has no hash in its name may have changed: the kept one is for when nobody answers.
  if (!pathname.startsWith('/assets/')) {
    return fetch(request).catch(async () => (await newest(pathname)) ?? Response.error());
  }
  return (await caches.match(pathname)) ?? fetch(request);
}

/** A reminder was pressed: the page that is open goes there, else a new one. */
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const to = event.notification.data?.to ?? '/';
  event.waitUntil(
    self.clients.matchAll({ type: 'window' }).then(([open]) => {
      if (!open) return self.clients.openWindow(to);
      return open.navigate(to).then((there) => there?.focus());
    }),
  );
});
