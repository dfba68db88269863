import { describe, expect, it } from 'vitest';
import { comparedTo, later } from './cursor';

describe('comparedTo', () => {
  it.each([
    ['e-1', 'e-2', -1],
    ['e-2', 'e-2', 0],
    ['e-10', 'e-9', 1],
    ['f-1', 'e-900', 1],
    ['e-900', 'f-1', 1],
  ])('%s and %s', (one, other, sign) => {
    expect(Math.sign(comparedTo(one, other))).toBe(sign);
  });
});

describe('later', () => {
  it.each([
    [undefined, undefined, undefined],
    [undefined, 'e-1', 'e-1'],
    ['e-1', undefined, 'e-1'],
    ['e-9', 'e-10', 'e-10'],
    ['e-10', 'e-9', 'e-10'],
    ['e-900', 'f-1', 'f-1'],
  ])('of %s, known, and %s, told', (known, told, expected) => {
    expect(later(known, told)).toBe(expected);
  });
});
