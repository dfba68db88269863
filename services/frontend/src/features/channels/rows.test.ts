import { channels } from '@tests/records';
import { expect, it } from 'vitest';
import { columnsFor, neighbour, rowsOf, sectionsOf } from './rows';

it('puts favourites first, in the order they were starred', () => {
  const [favourites, all] = sectionsOf(channels(5), ['ch-4', 'gone', 'ch-2'], '');
  expect(favourites?.channels.map(({ id }) => id)).toEqual(['ch-4', 'ch-2']);
  expect(all?.channels).toHaveLength(5);
});

it('narrows both to a group', () => {
  const sections = sectionsOf(channels(6), ['ch-1', 'ch-2'], 'Sports');
  expect(sections.map(({ title, channels: inside }) => [title, inside.length])).toEqual([
    ['Favourites', 1],
    ['Sports', 3],
  ]);
});

it('breaks sections into rows that know their first tile', () => {
  const rows = rowsOf(sectionsOf(channels(5), ['ch-5'], ''), 2);
  expect(rows.map((row) => (row.kind === 'tiles' ? row.first : row.title))).toEqual([
    'Favourites',
    0,
    'All channels',
    1,
    3,
    5,
  ]);
});

it.each([
  [320, 2],
  [1_190, 5],
  [2_400, 11],
])('fits %i px with %i columns', (width, columns) => {
  expect(columnsFor(width, 16)).toBe(columns);
});

it.each([
  ['ArrowRight', 0, 1],
  ['ArrowLeft', 0, null],
  ['ArrowDown', 1, 4],
  ['ArrowDown', 5, 6],
  ['ArrowUp', 6, 3],
  ['End', 0, 6],
  ['a', 0, null],
])('%s leads from tile %i to %s', (key, from, to) => {
  const rows = rowsOf(sectionsOf(channels(7), [], ''), 3);
  expect(neighbour(rows, from, key)).toBe(to);
});
