import { expect, test } from 'vitest';
import type { Peer } from '../api/types';
import { readersOf } from './readers';

const peer = {
  party_id: 'abc',
  signatories: [
    { name: 'mai', display_name: 'Mai Nguyễn' },
    { name: 'nam', display_name: '' },
    { name: 'No Account', display_name: 'Nobody' },
  ],
} as Partial<Peer> as Peer;

test('a peer’s own persons come first, and only those that can have an account', () => {
  expect(readersOf(peer, [])).toEqual([
    { id: 'abc/mai', account: 'mai', name: 'Mai Nguyễn' },
    { id: 'abc/nam', account: 'nam', name: 'nam' },
  ]);
});

test('who was typed stays to be unticked, and is no other peer’s', () => {
  expect(readersOf(peer, ['abc/mai', 'abc/lan', 'abcd/mai', 'xyz/lan']).map((one) => one.id)).toEqual([
    'abc/mai',
    'abc/nam',
    'abc/lan',
  ]);
});
