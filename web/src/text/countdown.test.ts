import { describe, expect, test } from 'vitest';
import { countdown } from './countdown';

const now = Date.parse('2026-03-01T03:14:00Z');

describe('countdown', () => {
  test('counts down in hours, minutes and seconds', () => {
    expect(countdown('2026-03-01T05:59:10Z', now)).toMatchObject({ clock: '02:45:10', days: 0, overdue: false, pressing: false });
  });

  test('presses in the last hour, not before', () => {
    expect(countdown('2026-03-01T04:13:59Z', now)?.pressing).toBe(true);
    expect(countdown('2026-03-01T04:14:00Z', now)?.pressing).toBe(false);
  });

  test('the deadline itself is not overdue, the second after it is', () => {
    expect(countdown('2026-03-01T03:14:00Z', now)).toMatchObject({ overdue: false, clock: '00:00:00' });
    expect(countdown('2026-03-01T03:13:59Z', now)).toMatchObject({ overdue: true, pressing: true, clock: '00:00:01' });
  });

  test('splits off whole days', () => {
    expect(countdown('2026-03-03T04:14:05Z', now)).toMatchObject({ days: 2, clock: '01:00:05' });
  });

  test('takes the microseconds of the node', () => {
    expect(countdown('2026-03-01T03:24:00.123456Z', now)?.clock).toBe('00:10:00');
  });

  test('says nothing about what is no time', () => {
    expect(countdown('soon', now)).toBeUndefined();
  });
});
