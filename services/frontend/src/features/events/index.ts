export { Agenda } from './Agenda';
export { AgendaSkeleton } from './AgendaSkeleton';
export { applyEventChange, useEvents } from './api';
export { EventStrip } from './EventStrip';
export { agendaOf, headline, liveAndNext, liveByChannel, type When } from './moments';
export { OnThisChannel } from './OnThisChannel';
export { takeDue, useReminderIds } from './reminders';
