/** What a click on a channel needs, fetched and read while nobody waits: a picture comes a second sooner. */
let warmed = false;

export function warmUp(): void {
  if (warmed || savesData()) return;
  warmed = true;
  const load = () => {
    void import('./pages/WatchPage').catch(() => {});
    void import('./Screen').catch(() => {});
    void import('@/features/player').then(({ warmEngine }) => warmEngine()).catch(() => {});
  };
  if ('requestIdleCallback' in window) requestIdleCallback(load, { timeout: 2_000 });
  else setTimeout(load, 500);
}

function savesData(): boolean {
  return 'connection' in navigator && (navigator.connection as { saveData?: boolean }).saveData === true;
}
