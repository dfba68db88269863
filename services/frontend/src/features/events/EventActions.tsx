import { Icon } from '@/components/Icon';
import type { LiveEvent } from '@/lib/api';
import { saveFile } from '@/lib/saveFile';
import { showToast } from '@/lib/toasts';
import { words } from '@/words';
import { calendarOf } from './calendar';
import styles from './EventActions.module.css';
import { headline } from './moments';
import { useReminder } from './reminders';

/** What to do about an event that has not started: be told of it here, or put it into a calendar. */
export function EventActions({ event }: { event: LiveEvent }) {
  const [isSet, toggle] = useReminder(event.id);
  const title = headline(event);
  const remind = () => {
    toggle();
    if (!isSet) void askToNotify(title);
  };
  return (
    <span className={styles.actions}>
      <button
        type="button"
        className={styles.action}
        aria-pressed={isSet}
        aria-label={words.events.remindLabel(title)}
        title={isSet ? words.events.reminded : words.events.remind}
        onClick={remind}
      >
        <Icon name="bell" filled={isSet} />
      </button>
      <button
        type="button"
        className={styles.action}
        aria-label={words.events.calendarLabel(title)}
        title={words.events.calendar}
        onClick={() =>
          saveFile(`${event.id}.ics`, 'text/calendar', calendarOf(event, location.origin, Date.now()))
        }
      >
        <Icon name="calendar" />
      </button>
    </span>
  );
}

/** Say how it will be told. Plain http on a LAN has no notifications: there the page itself tells. */
async function askToNotify(title: string): Promise<void> {
  const allowed = 'Notification' in window && window.isSecureContext;
  const answer = allowed ? await Notification.requestPermission().catch(() => 'denied') : 'denied';
  showToast({
    id: 'reminder',
    title: `${words.events.reminded}: ${title}`,
    detail: answer === 'granted' ? words.events.willNotify : words.events.willTell,
  });
}
