import { expect, test } from 'vitest';
import { growth, parts, type Sample, sending } from './history';
import { area } from './Sparkline';

const sample = (at: number, bodies: number, fromMemory: number, sentBytes: number): Sample => ({
  at,
  bodies,
  fromMemory,
  sentBytes,
  viewers: 0,
  clients: 0,
  fetched: 0,
});
const samples = [sample(0, 0, 0, 0), sample(1_000, 10, 9, 125_000), sample(2_000, 10, 9, 125_000)];

test('a counter says what it grew by', () => {
  expect(growth(samples, 'bodies')).toEqual([10, 0]);
});

test('a node that went is no growth', () => {
  expect(growth([sample(0, 10, 0, 0), sample(1, 3, 0, 0)], 'bodies')).toEqual([null]);
});

test('a part of nothing is nothing', () => {
  expect(parts(samples, 'fromMemory', 'bodies')).toEqual([0.9, null]);
});

test('bytes become megabits a second', () => {
  expect(sending(samples)).toEqual([1, 0]);
});

test('a chart has a gap where nothing is known', () => {
  expect(area([1, null, 2], 2)).toMatch(/^M.*M/);
  expect(area([], 1)).toBe('');
});
