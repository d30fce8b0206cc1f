import { describe, expect, test } from 'vitest';
import { Heights } from './heights';

describe('heights of a long list', () => {
  test('guesses until it has measured', () => {
    const heights = new Heights(1000, 40);
    expect(heights.total).toBe(40_000);
    expect(heights.at(0)).toBe(0);
    expect(heights.at(39.9)).toBe(0);
    expect(heights.at(40)).toBe(1);
    expect(heights.at(1e9)).toBe(999);
  });

  test('takes the mean of the measured for the others', () => {
    const heights = new Heights(10, 40);
    expect(heights.measure(0, 50)).toBe(true);
    expect(heights.measure(1, 70)).toBe(true);
    expect(heights.measure(1, 70)).toBe(false);
    expect(heights.top(2)).toBe(120);
    expect(heights.total).toBe(50 + 70 + 8 * 60);
  });

  test('finds the row for every distance', () => {
    const heights = new Heights(300, 40);
    for (let index = 0; index < 300; index += 1) heights.measure(index, 20 + ((index * 37) % 60));
    for (let index = 0; index < 300; index += 1) {
      expect(heights.at(heights.top(index))).toBe(index);
      expect(heights.at(heights.top(index + 1) - 0.5)).toBe(index);
    }
  });

  test('forgets rows that are gone', () => {
    const heights = new Heights(3, 40);
    heights.measure(2, 400);
    heights.resize(2);
    expect(heights.total).toBe(80);
    heights.resize(0);
    expect(heights.total).toBe(0);
    expect(heights.at(10)).toBe(0);
  });
});
