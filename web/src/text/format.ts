import { language, t } from './text.svelte';

// Numbers, sizes and times as the reader's language writes them.

/** English is read here by people of many countries: days stand before months. */
export function locale(): string {
  return language.tag === 'en' ? 'en-GB' : language.tag;
}

export function number(n: number): string {
  return new Intl.NumberFormat(locale()).format(n);
}

export function bytes(n: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  let at = 0;
  let value = n;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit: units[at],
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && at > 0 ? 1 : 0,
  }).format(value);
}

function date(at: string | number, options: Intl.DateTimeFormatOptions): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return '';
  return new Intl.DateTimeFormat(locale(), { hourCycle: 'h23', ...options }).format(time);
}

export function clockTime(at: string | number, utc = false): string {
  return date(at, { hour: '2-digit', minute: '2-digit', timeZone: utc ? 'UTC' : undefined });
}

export function dayTime(at: string | number, utc = false): string {
  return date(at, {
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: utc ? 'UTC' : undefined,
  });
}

export function day(at: string | number): string {
  return date(at, { day: '2-digit', month: '2-digit', year: 'numeric' });
}

export function longDay(at: string | number): string {
  return date(at, { dateStyle: 'long', timeZone: 'UTC' });
}

/** The full instant, local and UTC, for where the short form leaves doubt. */
export function bothTimes(at: string | number): string {
  const options: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'medium' };
  return `${date(at, options)} · ${date(at, { ...options, timeZone: 'UTC' })} UTC`;
}

const kSteps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

export function relative(at: string | number, now: number): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  if (Number.isNaN(seconds)) return '';
  for (const [unit, size] of kSteps) {
    if (Math.abs(seconds) < size) continue;
    // Short hours and minutes are plain; short days and months ("4 j", "1 m.") are riddles.
    const style = size < 86_400 ? 'short' : 'long';
    return new Intl.RelativeTimeFormat(locale(), { style }).format(Math.trunc(seconds / size), unit);
  }
  return t('time.just_now');
}

const kParts: [string, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** ISO 8601 durations as agreements carry them (PT15M, P3D, PT14400S), in the largest units that fit. */
export function duration(iso: string): string {
  let left = seconds(iso);
  if (left === undefined) return iso;
  const parts = kParts.flatMap(([unit, size]) => {
    const value = Math.floor((left ?? 0) / size);
    left = (left ?? 0) % size;
    if (!value) return [];
    return [new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(value)];
  });
  return parts.join(' ') || iso;
}

function seconds(iso: string): number | undefined {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(iso);
  if (!match) return undefined;
  return kParts.reduce((sum, [, size], at) => sum + Number(match[at + 1] ?? 0) * size, 0);
}

/** "1-512a829b…" is the first epoch of a log; the rest makes it unmistakable for machines. */
export function epochNumber(epoch: string | number): string {
  return String(epoch).split('-', 1)[0] ?? '';
}

export function countryName(code: string): string {
  try {
    return new Intl.DisplayNames([locale()], { type: 'region' }).of(code.toUpperCase()) ?? code;
  } catch {
    return code;
  }
}

export function listOf(words: string[]): string {
  return new Intl.ListFormat(locale(), { type: 'conjunction' }).format(words);
}
