import { whenIdle } from '@/lib/idle';
import { lazy } from '@/lib/lazy';

export const WatchPage = lazy(() => import('./pages/WatchPage'));
export const Screen = lazy(async () => ({ default: (await import('./Screen')).Screen }));

let warmed = false;

/** What a click on a channel needs, fetched and read while nobody waits: a picture comes a second sooner. */
export function warmUp(): void {
  if (warmed || savesData()) return;
  warmed = true;
  whenIdle(load, 2_000);
}

function load(): void {
  void WatchPage.load().catch(() => {});
  void Screen.load().catch(() => {});
  void import('@/features/player').then(({ warmEngine }) => warmEngine()).catch(() => {});
}

function savesData(): boolean {
  return 'connection' in navigator && (navigator.connection as { saveData?: boolean }).saveData === true;
}
