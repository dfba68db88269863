/**
 * A notice by the system, where that is allowed: by the service worker if there is one, since phones take it from
 * nobody else, else by the page.
 */
export async function notify(title: string, body: string, tag: string, to: string): Promise<void> {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  const worker = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  if (worker?.active) {
    await worker.showNotification(title, { body, tag, icon: '/icon-192.png', data: { to } }).catch(() => {});
    return;
  }
  const notification = new Notification(title, { body, tag });
  notification.onclick = () => {
    window.focus();
    location.assign(to);
  };
}
