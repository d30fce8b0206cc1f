// Data that the node would have put into the reader's language: written in three, chosen when it is sent.

class Words {
  constructor(en, fr, vi) {
    Object.assign(this, { en, fr, vi });
  }
}

export const L = (en, fr, vi) => new Words(en, fr, vi);
export const says = (id, en, fr, vi) => ({ id, message: new Words(en, fr, vi) });

export function inLanguage(value, tag) {
  if (value instanceof Words) return value[tag] ?? value.en;
  if (Array.isArray(value)) return value.map((one) => inLanguage(one, tag));
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inLanguage(one, tag)]));
  }
  return value;
}
