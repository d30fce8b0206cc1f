const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase();

/** Every word stands in one of the texts; marks and case aside, so that "benh vien" finds "Bệnh viện". */
export function matches(query: string, ...texts: string[]): boolean {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const all = texts.map(fold);
  return words.length > 0 && words.every((word) => all.some((text) => text.includes(word)));
}
