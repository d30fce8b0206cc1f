import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import en from './en.json';
import fr from './fr.json';
import same from './same-as-english.json';
import vi from './vi.json';

const others: Record<string, Record<string, string>> = { fr, vi };
const english: Record<string, string> = en;
const reviewed: Record<string, string[]> = same;
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([whole]) => whole).sort();

describe.each(Object.keys(others))('the catalogue %s', (tag) => {
  const catalogue = others[tag] ?? {};

  test('has the same ids as English', () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(english).sort());
  });

  test('has the same placeholders as English', () => {
    for (const [id, text] of Object.entries(english)) {
      expect({ id, has: placeholders(catalogue[id] ?? '') }).toEqual({ id, has: placeholders(text) });
    }
  });

  test('leaves no text empty', () => {
    expect(Object.entries(catalogue).filter(([, text]) => !text.trim())).toEqual([]);
  });

  test('equals English only where someone looked at it', () => {
    const equal = Object.keys(english).filter((id) => catalogue[id] === english[id]);
    expect(equal.sort()).toEqual([...(reviewed[tag] ?? [])].sort());
  });
});

describe.each([['en', en], ['fr', fr], ['vi', vi]] as [string, Record<string, string>][])('the words in %s', (tag, ours) => {
  test('are those of the node', () => {
    const path = fileURLToPath(new URL(`../../../src/ground/text/catalogues/${tag}.json`, import.meta.url));
    const theirs = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    const named = (id: string): string => id.replace(/^statement_kind\./, 'kind.');
    const shared = Object.keys(ours).filter((id) => !id.startsWith('kind.') && named(id) in theirs);
    expect(shared.length).toBeGreaterThan(70);
    expect(shared.filter((id) => ours[id] !== theirs[named(id)])).toEqual([]);
  });
});

describe('French typography', () => {
  const texts = Object.entries(fr as Record<string, string>);

  test('has a narrow no-break space before : ; ! ?', () => {
    const wrong = texts.filter(([, text]) => /[^\u202f][;!?]|[^\u202f]:(?!\/\/)/.test(text.replace(/PAP:|TLP:/g, '')));
    expect(wrong).toEqual([]);
  });

  test('has one inside quotation marks', () => {
    expect(texts.filter(([, text]) => /«(?!\u202f)|[^\u202f]»/.test(text))).toEqual([]);
  });
});

describe('Vietnamese', () => {
  test('is written in composed characters', () => {
    expect(Object.entries(vi).filter(([, text]) => text !== text.normalize('NFC'))).toEqual([]);
  });
});

describe('the audit trail', () => {
  const folder = fileURLToPath(new URL('../../../src', import.meta.url));
  const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cpp') && !name.endsWith('_test.cpp'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
    .join('\n');

  test('has a word for every action that the node writes into it', () => {
    const calls = [...source.matchAll(/(?:audit\(tx, call, |note_deed\(tx, \w+, [\w.]+, |change_peer\(call, id, )([^;]*?)[,)]/g)].map(([, words = '']) => words);
    const actions = new Set(calls.flatMap((words) => [...words.matchAll(/"([a-z_]+)"/g)].map(([, action = '']) => action)));
    expect(actions.size).toBeGreaterThan(20);
    expect([...actions].filter((action) => !english[`audit_action.${action}`])).toEqual([]);
  });
});

describe('the code', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith('.test.ts'));
  const code = files.map((name) => readFileSync(`${root}/${name}`, 'utf8')).join('\n');

  test('uses every text', () => {
    const lists = new Set([...code.matchAll(/word\(\s*'(\w+)'/g)].map(([, list]) => list));
    const unused = Object.keys(english).filter((id) => {
      const stem = id.replace(/\.(one|other)$/, '');
      return !code.includes(`'${id}'`) && !code.includes(`'${stem}'`) && !lists.has(id.slice(0, id.indexOf('.')));
    });
    expect(unused).toEqual([]);
  });

  test('puts text into the page only as text', () => {
    expect(code).not.toMatch(/\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/);
  });
});
