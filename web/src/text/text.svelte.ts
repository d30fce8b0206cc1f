import type { LanguageTag } from '../api/types';
import { context } from '../api/client';
import en from './en.json';
import fr from './fr.json';
import { asOneUnit } from './units';
import vi from './vi.json';

// Every sentence of the interface, by id, in the language chosen now. Switching is a state change, not a reload.

export type TextId = keyof typeof en;
export type Values = Record<string, string | number>;

export const languages: { tag: LanguageTag; ownName: string; short: string }[] = [
  { tag: 'vi', ownName: 'Tiếng Việt', short: 'VI' },
  { tag: 'fr', ownName: 'Français', short: 'FR' },
  { tag: 'en', ownName: 'English', short: 'EN' },
];

const catalogues: Record<LanguageTag, Record<string, string>> = { en, fr, vi };
const kKey = 'tocsin.language';

function isTag(value: string | null | undefined): value is LanguageTag {
  return value === 'en' || value === 'fr' || value === 'vi';
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
  return fill(catalogues[language.tag][id] ?? en[id], values);
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
  return catalogues[language.tag][`${list}.${value}`] ?? value;
}

/** Text given in several languages: the reader's, else English, else any. */
export function inReadersLanguage(text: string | Partial<Record<LanguageTag, string>> | undefined): string {
  if (typeof text === 'string') return text;
  return text?.[language.tag] ?? text?.en ?? Object.values(text ?? {})[0] ?? '';
}
