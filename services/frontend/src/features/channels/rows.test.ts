import { aChannel, channels } from '@tests/records';
import { expect, it } from 'vitest';
import { type Choice, columnsFor, countriesOf, everything, neighbour, rowsOf, sectionsOf } from './rows';

const starred = (...ids: string[]) => [{ key: 'favourites', title: 'Favourites', ids }];
const sections = (count: number, ids: string[], choice: Partial<Choice> = {}) =>
  sectionsOf(channels(count), starred(...ids), { ...everything, ...choice }, choice.group || 'All channels');

it('puts favourites first, in the order they were starred', () => {
  const [favourites, all] = sections(5, ['ch-4', 'gone', 'ch-2']);
  expect(favourites?.channels.map(({ id }) => id)).toEqual(['ch-4', 'ch-2']);
  expect(all?.channels).toHaveLength(5);
});

it('narrows both to a group', () => {
  const narrowed = sections(6, ['ch-1', 'ch-2'], { group: 'Sports' });
  expect(narrowed.map(({ title, channels: inside }) => [title, inside.length])).toEqual([
    ['Favourites', 1],
    ['Sports', 3],
  ]);
});

it('breaks sections into rows that know their first tile', () => {
  const rows = rowsOf(sections(5, ['ch-5']), 2);
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
  const rows = rowsOf(sections(7, []), 3);
  expect(neighbour(rows, from, key)).toBe(to);
});

it('sorts by name as people do, and by how fast a channel answers', () => {
  const names = (choice: Partial<Choice>, latencyOf?: (id: string) => number) =>
    sectionsOf(channels(12), [], { ...everything, ...choice }, '', latencyOf)[0]?.channels.map(
      ({ id }) => id,
    );
  expect(names({ sort: 'name' })?.slice(0, 3)).toEqual(['ch-1', 'ch-2', 'ch-3']);
  expect(names({ sort: 'fastest' }, (id) => (id === 'ch-7' ? 5 : 90))?.[0]).toBe('ch-7');
});

it('counts countries, and narrows to one', () => {
  const list = [aChannel({ id: 'a', country: 'FR' }), aChannel({ id: 'b' }), aChannel({ id: 'c' })];
  expect(countriesOf(list)).toEqual([
    { code: 'GB', count: 2 },
    { code: 'FR', count: 1 },
  ]);
  expect(sectionsOf(list, [], { ...everything, country: 'FR' }, '')[0]?.channels).toHaveLength(1);
});

it('lists in one column on a phone and in two where there is room', () => {
  expect(columnsFor(360, 16, 'list')).toBe(1);
  expect(columnsFor(1_190, 16, 'list')).toBe(2);
});
