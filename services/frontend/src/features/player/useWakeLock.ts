import { useEffect } from 'react';

/**
 * Keep the screen on while something plays. Where a browser refuses (plain http, a low battery) nothing is lost:
 * a video that is seen and heard keeps it on by itself in all of them.
 */
export function useWakeLock(playing: boolean): void {
  useEffect(() => {
    if (!playing || !('wakeLock' in navigator)) return;
    let lock: WakeLockSentinel | null = null;
    let done = false;
    // The system takes it back whenever the page is out of sight.
    const hold = async () => {
      if (document.visibilityState !== 'visible' || done) return;
      lock = await navigator.wakeLock.request('screen').catch(() => null);
      if (done) void lock?.release();
    };
    void hold();
    document.addEventListener('visibilitychange', hold);
    return () => {
      done = true;
      document.removeEventListener('visibilitychange', hold);
      void lock?.release().catch(() => {});
    };
  }, [playing]);
}
