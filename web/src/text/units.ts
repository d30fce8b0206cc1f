// What others wrote stands among our words as one unit: signs that turn text around are left out, and what runs right to
// left is kept from turning its neighbours (Unicode's first strong isolate).

const kTurns = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const kRightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const kIsolate = String.fromCodePoint(0x2068);
const kPop = String.fromCodePoint(0x2069);

export function asOneUnit(text: string): string {
  const plain = text.replace(kTurns, '');
  return kRightToLeft.test(plain) ? kIsolate + plain + kPop : plain;
}

/** The same text with those signs to be seen, as JSON writes them. */
export function withTurnsShown(text: string): string {
  return text.replace(kTurns, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
