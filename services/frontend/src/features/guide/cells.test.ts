import { expect, test } from 'vitest';
import { HOUR, MINUTE } from '@/lib/time';
import { axisAround, BEFORE, leapAt, leapsFrom } from './axis';
import { BLOCK_ROWS, BLOCK_TIME, blocksOf } from './blocks';
import { cellAt, cellsOf, type Part, type Showing } from './cells';
import { step } from './useGuideCursor';

const showing = (start: number, stop: number): Showing => ({
  kind: 'programme',
  start,
  stop,
  programme: {
    channel_id: 'one',
    start: '',
    stop: '',
    title: `${start}`,
    subtitle: '',
    description: '',
    categories: [],
    icon: null,
    episode: '',
  },
});
const kinds = (parts: readonly Part[], from: number, to: number) =>
  cellsOf(parts, from, to).map(({ kind, start, stop }) => `${kind} ${start}-${stop}`);

test.each([
  ['nothing known yet', [], 10, 50, ['waiting 10-50']],
  ['a channel without a guide', [{ from: 0, to: 100, showings: [] }], 10, 50, ['gap 0-100']],
  [
    'a hole between programmes',
    [{ from: 0, to: 100, showings: [showing(0, 30), showing(40, 100)] }],
    10,
    50,
    ['programme 0-30', 'gap 30-40', 'programme 40-100'],
  ],
  [
    'a programme that two parts tell of is one',
    [
      { from: 0, to: 50, showings: [showing(0, 30), showing(30, 70)] },
      { from: 50, to: 100, showings: [showing(30, 70), showing(70, 100)] },
    ],
    0,
    100,
    ['programme 0-30', 'programme 30-70', 'programme 70-100'],
  ],
  [
    'no guide in two parts is one gap',
    [
      { from: 0, to: 50, showings: [] },
      { from: 50, to: 100, showings: [] },
    ],
    20,
    80,
    ['gap 0-100'],
  ],
  [
    'a part that is on its way',
    [
      { from: 0, to: 50, showings: [showing(0, 50)] },
      { from: 100, to: 150, showings: [showing(100, 150)] },
    ],
    20,
    140,
    ['programme 0-50', 'waiting 50-100', 'programme 100-150'],
  ],
  [
    'what is out of sight is left out',
    [{ from: 0, to: 100, showings: [showing(0, 20), showing(20, 80), showing(80, 100)] }],
    20,
    80,
    ['programme 20-80'],
  ],
])('cells: %s', (_, parts, from, to, expected) => {
  expect(kinds(parts as Part[], from as number, to as number)).toEqual(expected);
});

test('blocks lie on the clock and on the list, and cover what is seen', () => {
  const ids = Array.from({ length: 70 }, (_, at) => `c${at}`);
  const blocks = blocksOf(
    ids,
    { first: BLOCK_ROWS - 1, last: BLOCK_ROWS + 3 },
    BLOCK_TIME - 1,
    BLOCK_TIME + 1,
  );
  expect(blocks.map(({ from, ids: some }) => [from, some[0], some.length])).toEqual([
    [0, 'c0', BLOCK_ROWS],
    [BLOCK_TIME, 'c0', BLOCK_ROWS],
    [0, `c${BLOCK_ROWS}`, BLOCK_ROWS],
    [BLOCK_TIME, `c${BLOCK_ROWS}`, BLOCK_ROWS],
  ]);
});

const now = new Date(2026, 6, 14, 15, 12).getTime();

test('one leaps to now, tonight, and the same hour of the days that follow', () => {
  const leaps = leapsFrom(axisAround(now), now, now, { now: 'Now', evening: 'Tonight' });
  expect(leaps.slice(0, 3).map(({ label }) => label)).toEqual(['Now', 'Tonight', 'Tomorrow']);
  expect(new Date(leaps[2]?.at ?? 0).getHours()).toBe(15);
  expect(new Date(leaps.at(-1)?.at ?? 0).getDate()).toBe(21);
});

test.each([
  ['now', 0, 'now'],
  ['late in the evening', 5 * HOUR, 'evening'],
  ['tomorrow', 24 * HOUR, '2026-07-15'],
])('the view says where it is: %s', (_, later, key) => {
  expect(leapAt(now + later, now)).toBe(key);
});

test.each([40, 20, 1])('%i minutes before the evening, now is now and tonight is tonight', (minutes) => {
  const evening = new Date(now).setHours(20, 0, 0, 0);
  const late = evening - minutes * MINUTE;
  expect(leapAt(late - BEFORE, late)).toBe('now');
  expect(leapAt(evening - BEFORE, late)).toBe('evening');
});

const around = {
  cells: cellsOf(
    [{ from: 0, to: 4 * HOUR, showings: [showing(0, HOUR), showing(HOUR, 2 * HOUR)] }],
    0,
    4 * HOUR,
  ),
  rows: 3,
  page: 2,
  left: HOUR / 2,
  axis: { from: 0, to: 4 * HOUR },
};

test.each([
  ['ArrowRight', { row: 0, at: MINUTE }, { row: 0, at: HOUR }],
  ['ArrowRight', { row: 0, at: null }, { row: 0, at: HOUR / 2 + MINUTE }],
  ['ArrowLeft', { row: 0, at: HOUR + MINUTE }, { row: 0, at: HOUR - MINUTE }],
  ['ArrowLeft', { row: 0, at: MINUTE }, { row: 0, at: null }],
  ['ArrowLeft', { row: 0, at: null }, null],
  ['ArrowDown', { row: 0, at: MINUTE }, { row: 1, at: MINUTE }],
  ['ArrowDown', { row: 2, at: MINUTE }, null],
  ['ArrowUp', { row: 0, at: MINUTE }, null],
  ['PageDown', { row: 0, at: MINUTE }, { row: 2, at: MINUTE }],
  ['Home', { row: 1, at: MINUTE }, { row: 1, at: null }],
  ['x', { row: 1, at: MINUTE }, null],
])('%s leads from %o to %o', (key, from, to) => {
  expect(step(key, from, around)).toEqual(to);
});

test('a moment has one cell', () => {
  expect(cellAt(around.cells, HOUR)?.start).toBe(HOUR);
});
