import { context } from '../api/client';
import en from './en.json';
import fr from './fr.json';
import { asOneUnit } from './units';
import vi from './vi.json';

// Every sentence of the interface, by id, in the language chosen now. Switching is a state change, not a reload.

export type TextId = keyof typeof en;
export type Values = Record<string, string | number>;

// A new language is its file, its import above and its line here.
const known = {
  vi: { ownName: 'Tiếng Việt', short: 'VI', texts: vi },
  fr: { ownName: 'Français', short: 'FR', texts: fr },
  en: { ownName: 'English', short: 'EN', texts: en },
} satisfies Record<string, { ownName: string; short: string; texts: Record<string, string> }>;

export type LanguageTag = keyof typeof known;
export const languages = (Object.keys(known) as LanguageTag[]).map((tag) => ({ tag, ...known[tag] }));

const textsOf = (tag: LanguageTag): Record<string, string> => known[tag].texts;
const kKey = 'tocsin.language';

function isTag(value: string | null | undefined): value is LanguageTag {
  return value !== null && value !== undefined && Object.hasOwn(known, value);
}

function first(): LanguageTag {
  const kept = globalThis.localStorage?.getItem(kKey);
  if (isTag(kept)) return kept;
  for (const wanted of globalThis.navigator?.languages ?? []) {
    const tag = wanted.slice(0, 2).toLowerCase();
    if (isTag(tag)) return tag;
  }
  return 'en';
}

class Language {
  tag = $state<LanguageTag>(first());

  constructor() {
    this.tell();
  }

  set(tag: LanguageTag): void {
    if (!isTag(tag)) return;
    context.language = tag;
    this.tag = tag;
    globalThis.localStorage?.setItem(kKey, tag);
    this.tell();
  }

  private tell(): void {
    context.language = this.tag;
    if (globalThis.document) document.documentElement.lang = this.tag;
  }
}

export const language = new Language();

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? new Intl.NumberFormat(language.tag).format(value) : asOneUnit(value);
  });
}

export function t(id: TextId, values: Values = {}): string {
  return fill(textsOf(language.tag)[id] ?? en[id], values);
}

type CountId<K = TextId> = K extends `${infer Stem}.other` ? Stem : never;

/** A sentence that depends on a number: ids end in .one and .other; the number itself is {n}. */
export function tn(stem: CountId, n: number, values: Values = {}): string {
  const form = new Intl.PluralRules(language.tag).select(n) === 'one' ? 'one' : 'other';
  return t(`${stem}.${form}` as TextId, { n, ...values });
}

/** The word for a value of a closed list; a value of a newer node is shown as it came. */
export function word(list: string, value: string | undefined | null): string {
  if (!value) return '';
  return textsOf(language.tag)[`${list}.${value}`] ?? value;
}

/** Text given in several languages: the reader's, else English, else any. */
export function inReadersLanguage(text: string | Partial<Record<LanguageTag, string>> | undefined): string {
  if (typeof text === 'string') return text;
  return text?.[language.tag] ?? text?.en ?? Object.values(text ?? {})[0] ?? '';
}
