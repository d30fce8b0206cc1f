import { expect, test } from 'vitest';
import { matches } from './elsewhere';

test('a search finds words in any order, without marks and case', () => {
  expect(matches('benh vien', 'Bệnh viện trung ương')).toBe(true);
  expect(matches('doi ung cuu', 'Đội ứng cứu láng giềng')).toBe(true);
  expect(matches('UONG viện', 'Bệnh viện trung ương')).toBe(true);
  expect(matches('10.20', '10.20.4.20', 'Ward monitors')).toBe(true);
});

test('a search that matches nowhere finds nothing, nor does an empty one', () => {
  expect(matches('clinic', 'Bệnh viện')).toBe(false);
  expect(matches('ward clinic', 'Ward monitors')).toBe(false);
  expect(matches('  ', 'Ward monitors')).toBe(false);
});
