// How long until a deadline, or how long since.

export interface Countdown {
  overdue: boolean;
  /** Less than an hour is left, or none. */
  pressing: boolean;
  days: number;
  clock: string;
  minutes: number;
}

const kHour_s = 3600;

export function countdown(deadline: string, now_ms: number): Countdown | undefined {
  const end = Date.parse(deadline);
  if (Number.isNaN(end)) return undefined;
  const left_s = Math.floor((end - now_ms) / 1000);
  const overdue = left_s < 0;
  const abs = Math.abs(left_s);
  const days = Math.floor(abs / 86_400);
  const two = (n: number): string => String(n).padStart(2, '0');
  const rest = abs % 86_400;
  const clock = `${two(Math.floor(rest / kHour_s))}:${two(Math.floor((rest % kHour_s) / 60))}:${two(rest % 60)}`;
  return { overdue, pressing: overdue || left_s < kHour_s, days, clock, minutes: Math.floor(abs / 60) };
}
