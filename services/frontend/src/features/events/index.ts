export { Agenda } from './Agenda';
export { applyEventChange, useEvents } from './api';
export { EventStrip } from './EventStrip';
export { agendaOf, headline, liveAndNext, liveByChannel } from './moments';
export { OnThisChannel } from './OnThisChannel';
