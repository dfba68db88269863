import { useDeferredValue, useMemo } from 'react';
import { Chips } from '@/components/Chips';
import { Notice, ProblemNotice } from '@/components/Notice';
import { SearchField } from '@/components/SearchField';
import { Agenda, AgendaSkeleton, agendaOf, useEvents, useReminderIds, type When } from '@/features/events';
import { useNow, zoneName } from '@/lib/time';
import { useTitle } from '@/lib/useTitle';
import { words } from '@/words';
import { InHeader } from '../HeaderSlot';
import { useAddressState } from '../useAddressState';
import styles from './SchedulePage.module.css';

const whens = Object.entries(words.events.whens).map(([value, label]) => ({ value, label }));

/** What is on and what comes, in the viewer's own time. */
export default function SchedulePage() {
  useTitle(words.shell.schedule);
  const page = useEvents();
  // Drawn in slices: a week's events are hundreds of rows.
  const told = useDeferredValue(page.data);
  const [wanted, setCategory] = useAddressState('category');
  const [text, setText] = useAddressState('q');
  const [asked, setWhen] = useAddressState('when');
  const reminders = useReminderIds();
  const when = asked in words.events.whens ? (asked as When) : 'all';
  const now = useNow(30_000);
  const categories = told?.categories;
  const category = categories?.includes(wanted) ? wanted : '';
  const agenda = useMemo(
    () => agendaOf(told?.events ?? [], { category, text, when, reminders }, now),
    [told, category, text, when, reminders, now],
  );
  const chips = useMemo(
    () => [
      { value: '', label: words.events.anyCategory },
      ...(categories ?? []).map((name) => ({ value: name, label: name })),
    ],
    [categories],
  );
  const empty = agenda.live.length === 0 && agenda.days.length === 0;
  const filtered = category !== '' || text.trim() !== '' || when !== 'all';

  return (
    <div className={styles.page}>
      <InHeader>
        <SearchField label={words.events.filter} value={text} onChange={setText} />
      </InHeader>
      <header className={styles.heading}>
        <h1 className={styles.title}>{words.shell.schedule}</h1>
        <p className={styles.zone}>{words.events.zone(zoneName(now))}</p>
      </header>
      <Chips
        legend={words.events.when}
        chips={whens}
        selected={when}
        onSelect={(value) => setWhen(value === 'all' ? '' : value)}
      />
      {chips.length > 2 && (
        <Chips legend={words.events.category} chips={chips} selected={category} onSelect={setCategory} />
      )}
      {page.isError && !told ? (
        <ProblemNotice title={words.events.unreadable} error={page.error} onRetry={() => page.refetch()} />
      ) : !told ? (
        <AgendaSkeleton />
      ) : empty && when === 'mine' && reminders.length === 0 ? (
        <Notice title={words.events.noReminders}>{words.events.noRemindersHint}</Notice>
      ) : empty ? (
        <Notice title={filtered ? words.events.nothingFits : words.events.none}>
          {filtered ? words.events.nothingFitsHint : words.events.noneHint}
        </Notice>
      ) : (
        <Agenda agenda={agenda} />
      )}
    </div>
  );
}
