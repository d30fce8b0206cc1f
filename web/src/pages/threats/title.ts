import type { Item } from '../../api/types';
import { asOneUnit } from '../../text/units';

/** One line that says what an object is: a value says more than the pattern that tests for it. */
export function titleOf(item: Pick<Item, 'name' | 'value' | 'id'>): string {
  if (item.value && (!item.name || item.name.startsWith('['))) return item.value;
  return asOneUnit(item.name) || item.id;
}
