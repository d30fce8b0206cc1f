import type { Item } from '../../api/types';

/** One line that says what an object is: a value says more than the pattern that tests for it. */
export function titleOf(item: Pick<Item, 'name' | 'value' | 'id'>): string {
  if (item.value && (!item.name || item.name.startsWith('['))) return item.value;
  return item.name || item.id;
}
