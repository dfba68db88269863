import { expect, it } from 'vitest';
import { type Box, nearest } from './direction';

const at = (left: number, top: number, width = 100, height = 40): Box => ({
  left,
  right: left + width,
  top,
  bottom: top + height,
});

it.each([
  ['ArrowRight', 0],
  ['ArrowDown', 1],
  ['ArrowUp', null],
  ['ArrowLeft', null],
] as const)('%s leads to what lies there', (arrow, index) => {
  expect(nearest(at(0, 0), [at(120, 0), at(0, 60), at(300, 10)], arrow)).toBe(index);
});

it('prefers what is straight ahead to what is nearer and aside', () => {
  expect(nearest(at(0, 0), [at(200, 50), at(0, 110)], 'ArrowDown')).toBe(1);
});
