// The verification number: 60 digits in 12 groups of 5, read aloud by one person and typed in by another.

export const kGroups = 12;
export const kDigits = 5;

/** Takes whatever was typed or pasted into group `at` and lays it out over that group and the following ones. */
export function spread(groups: readonly string[], at: number, typed: string): { groups: string[]; next: number } {
  const digits = typed.replace(/\D/g, '');
  const out = [...groups];
  if (digits.length <= kDigits) {
    out[at] = digits;
    return { groups: out, next: digits.length === kDigits ? Math.min(at + 1, kGroups - 1) : at };
  }
  let next = at;
  for (let from = 0; from < digits.length && next < kGroups; from += kDigits, next += 1) {
    out[next] = digits.slice(from, from + kDigits);
  }
  return { groups: out, next: Math.min(next, kGroups - 1) };
}

export function isWhole(groups: readonly string[]): boolean {
  return groups.length === kGroups && groups.every((group) => group.length === kDigits);
}
