import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytes, duration, number, relative } from './format';
import { language, t, tn, word } from './text.svelte';

describe('what is said by language', () => {
  beforeEach(() => language.set('en'));
  afterEach(() => language.set('en'));

  test('numbers', () => {
    expect(number(2140)).toBe('2,140');
    language.set('vi');
    expect(number(2140)).toBe('2.140');
    language.set('fr');
    expect(number(2140)).toBe('2\u202f140');
  });

  test('counted sentences', () => {
    expect(tn('publish.send', 1)).toBe('Send to 1 party');
    expect(tn('publish.send', 3)).toBe('Send to 3 parties');
    language.set('fr');
    expect(tn('publish.send', 0)).toBe('Envoyer à 0 partie');
    language.set('vi');
    expect(tn('publish.send', 3)).toBe('Gửi cho 3 bên');
  });

  test('a number in a sentence is written by language, a name is not touched', () => {
    language.set('fr');
    expect(tn('intel.count', 12000)).toBe('12\u202f000 objets');
    expect(t('filter.from', { name: '{x}' })).toBe('de {x}');
  });

  test('a value of a newer node is shown as it came', () => {
    expect(word('severity', '4')).toBe('Severe');
    expect(word('severity', '9')).toBe('9');
    expect(word('severity', undefined)).toBe('');
  });

  test('durations of agreements', () => {
    expect(duration('PT15M')).toBe('15 minutes');
    expect(duration('PT1H30M')).toBe('1 hour 30 minutes');
    expect(duration('P3D')).toBe('3 days');
    expect(duration('PT14400S')).toBe('4 hours');
    expect(duration('PT259200S')).toBe('3 days');
    expect(duration('whenever')).toBe('whenever');
  });

  test('sizes', () => {
    expect(bytes(900)).toBe('900 byte');
    expect(bytes(618_400)).toBe('618 kB');
    expect(bytes(9_310_224_118)).toBe('9.3 GB');
  });

  test('distances in time', () => {
    const now = Date.parse('2026-03-01T03:14:00Z');
    expect(relative('2026-03-01T03:13:30Z', now)).toBe('just now');
    expect(relative('2026-03-01T02:44:00Z', now)).toBe('30 min ago');
    expect(relative('2026-03-03T03:14:00Z', now)).toBe('in 2 days');
  });
});
