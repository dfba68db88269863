export { axisAround, leapAt, leapsFrom } from './axis';
export type { Showing } from './cells';
export { Guide, type GuideHandle } from './Guide';
export { ProgrammeDialog } from './ProgrammeDialog';
