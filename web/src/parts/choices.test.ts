import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { protectedCodes, sectors } from './choices';

const source = readFileSync(fileURLToPath(new URL('../../../src/core/infra/severity.cpp', import.meta.url)), 'utf8');

/** The codes of a table in the node's source. */
function table(name: string): string[] {
  const [, codes = ''] = new RegExp(`${name} = \\{([^}]*)\\}`).exec(source) ?? [];
  return [...codes.matchAll(/"([^"]+)"/g)].map(([, code = '']) => code);
}

describe('the lists that forms offer', () => {
  test.each([
    ['kProtected', protectedCodes],
    ['kSectors', sectors],
  ] as [string, readonly string[]][])('are whole: %s', (name, offered) => {
    expect(table(name).length).toBeGreaterThan(20);
    expect([...offered].sort()).toEqual(table(name).sort());
  });
});
