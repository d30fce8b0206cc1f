import { describe, expect, test } from 'vitest';
import { isWhole, kGroups, spread } from './digits';

const empty = Array.from({ length: kGroups }, () => '');
const whole = Array.from({ length: kGroups }, (_, at) => String(10_000 + at));

describe('the verification number', () => {
  test('a full group moves on to the next', () => {
    expect(spread(empty, 0, '31415')).toEqual({ groups: ['31415', ...empty.slice(1)], next: 1 });
    expect(spread(empty, 0, '314').next).toBe(0);
  });

  test('a pasted number is laid out over all groups', () => {
    expect(spread(empty, 0, whole.join(' '))).toEqual({ groups: whole, next: kGroups - 1 });
    expect(spread(empty, 0, whole.join(''))).toEqual({ groups: whole, next: kGroups - 1 });
  });

  test('only digits count, and nothing flows over the end', () => {
    expect(spread(empty, 3, 'a1b2c').groups[3]).toBe('12');
    expect(spread(empty, 11, '1234567890').groups).toHaveLength(kGroups);
  });

  test('is whole only with 60 digits', () => {
    expect(isWhole(whole)).toBe(true);
    expect(isWhole([...whole.slice(0, 11), '1234'])).toBe(false);
  });
});
