import { expect, test } from 'vitest';
import { t } from './text.svelte';
import { asOneUnit, withTurnsShown } from './units';

test('a name that turns text around turns nothing in our sentences around', () => {
  expect(asOneUnit('invoice\u202efdp.exe')).toBe('invoicefdp.exe');
  expect(asOneUnit('a\u2069\u202eb')).toBe('ab');
});

test('a name that runs right to left is kept as one unit', () => {
  expect(asOneUnit('مستشفى')).toBe('\u2068مستشفى\u2069');
  expect(t('statement.from', { name: 'مستشفى' })).toContain('\u2068مستشفى\u2069');
});

test('other names stay as they are', () => {
  expect(asOneUnit('Bệnh viện trung ương')).toBe('Bệnh viện trung ương');
});

test('in raw text the signs that turn text around can be seen', () => {
  expect(withTurnsShown('{"name":"a\u202eb"}')).toBe('{"name":"a\\u202eb"}');
});
