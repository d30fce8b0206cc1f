import { describe, expect, test } from 'vitest';
import { indented } from './indented';

describe('indented JSON', () => {
  test('breaks lines between tokens only', () => {
    expect(indented('{"a":[1,{"b":"x, {y}: \\"z\\""}],"c":{}, "d":[ ]}')).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": "x, {y}: \\"z\\""\n    }\n  ],\n  "c": {},\n  "d": []\n}',
    );
  });

  test('keeps numbers as they were written', () => {
    expect(indented('{"n":12345678901234567890,"e":1.50}')).toContain('12345678901234567890');
    expect(indented('{"n":1.50}')).toContain('1.50');
  });

  test('says the same as before', () => {
    const text = JSON.stringify({ a: [[], {}, '', '\\', '"', { b: null }], 'k:': true });
    expect(JSON.parse(indented(text))).toEqual(JSON.parse(text));
  });

  test('does not choke on what is no JSON', () => {
    expect(indented('}}]"')).toContain('"');
    expect(indented('')).toBe('');
  });
});
