import { expect, test } from 'vitest';
import { uploadOf } from './upload';

test('an upload says nothing of its rate before there is one', () => {
  expect(uploadOf(5000, 10_000, 400)).toBeUndefined();
  expect(uploadOf(0, 10_000, 4000)).toBeUndefined();
});

test('an upload knows its rate and what is left', () => {
  expect(uploadOf(2_000_000, 8_000_000, 2000)).toEqual({ rate: 1_000_000, left_s: 6 });
  expect(uploadOf(9_999, 10_000, 5000)?.left_s).toBe(1);
});
