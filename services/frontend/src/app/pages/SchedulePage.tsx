import { useMemo } from 'react';
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
  useTitle('Schedule');
  const page = useEvents();
  const [wanted, setCategory] = useAddressState('category');
  const [text, setText] = useAddressState('q');
  const [asked, setWhen] = useAddressState('when');
  const reminders = useReminderIds();
  const when = asked in words.events.whens ? (asked as When) : 'all';
  const now = useNow(30_000);
  const categories = page.data?.categories;
  const category = categories?.includes(wanted) ? wanted : '';
  const agenda = useMemo(
    () => agendaOf(page.data?.events ?? [], { category, text, when, reminders }, now),
    [page.data, category, text, when, reminders, now],
  );
  const chips = useMemo(
    () => [{ value: '', label: 'All' }, ...(categories ?? []).map((name) => ({ value: name, label: name }))],
    [categories],
  );
  const empty = agenda.live.length === 0 && agenda.days.length === 0;
  const filtered = category !== '' || text.trim() !== '' || when !== 'all';

  return (
    <div className={styles.page}>
      <InHeader>
        <SearchField label="Filter by team, league, channel" value={text} onChange={setText} />
      </InHeader>
      <header className={styles.heading}>
        <h1 className={styles.title}>Schedule</h1>
        <p className={styles.zone}>Times in {zoneName(now)}</p>
      </header>
      <Chips
        legend={words.events.when}
        chips={whens}
        selected={when}
        onSelect={(value) => setWhen(value === 'all' ? '' : value)}
      />
      {chips.length > 2 && (
        <Chips legend="Category" chips={chips} selected={category} onSelect={setCategory} />
      )}
      {page.isError && !page.data ? (
        <ProblemNotice
          title="The schedule could not be read"
          error={page.error}
          onRetry={() => page.refetch()}
        />
      ) : page.isPending ? (
        <AgendaSkeleton />
      ) : empty && when === 'mine' && reminders.length === 0 ? (
        <Notice title={words.events.noReminders}>{words.events.noRemindersHint}</Notice>
      ) : empty ? (
        <Notice title={filtered ? 'Nothing fits this filter' : 'No events are announced'}>
          {filtered
            ? 'Try fewer letters or another category.'
            : 'When a source has a schedule, its events appear here.'}
        </Notice>
      ) : (
        <Agenda agenda={agenda} />
      )}
    </div>
  );
}
