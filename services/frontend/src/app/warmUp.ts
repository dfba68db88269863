import { whenIdle } from '@/lib/idle';
import { lazy } from '@/lib/lazy';

export const WatchPage = lazy(() => import('./pages/WatchPage'));
export const Screen = lazy(async () => ({ default: (await import('./Screen')).Screen }));

/** The pictures that are in sight come over the same line, and first. */
const WARM_UP_AFTER_MS = 1_000;

let warmed = false;

/** What a click on a channel needs, fetched and read while nobody waits: a picture comes a second sooner. */
export function warmUp(): void {
  if (warmed || savesData()) return;
  warmed = true;
  setTimeout(() => whenIdle(load, 1_000), WARM_UP_AFTER_MS);
}

function load(): void {
  void WatchPage.load().catch(() => {});
  void Screen.load().catch(() => {});
  void import('@/features/player').then(({ warmEngine }) => warmEngine()).catch(() => {});
}

function savesData(): boolean {
  return 'connection' in navigator && (navigator.connection as { saveData?: boolean }).saveData === true;
}
