import { describe, expect, test } from 'vitest';
import { href, parseHash } from './route.svelte';

describe('the address', () => {
  test('is read back as it was written', () => {
    const at = parseHash(href(['threats', 'item', 'a/b c'], { q: 'ngân hàng & thử', type: undefined, tlp: 'TLP:AMBER+STRICT' }));
    expect(at.path).toEqual(['threats', 'item', 'a/b c']);
    expect(Object.fromEntries(at.query)).toEqual({ q: 'ngân hàng & thử', tlp: 'TLP:AMBER+STRICT' });
  });

  test('is empty at first', () => {
    expect(parseHash('').path).toEqual([]);
    expect(parseHash('#/').path).toEqual([]);
  });

  test('does not fail on a broken escape', () => {
    expect(parseHash('#/threats/%E0%A4%A').path).toEqual(['threats', '%E0%A4%A']);
  });
});
