import type { Agreement } from '../api/types';
import { inReadersLanguage } from '../text/text.svelte';
import { may } from './may';
import { resource } from './resource.svelte';

/** The titles of agreements by id; whoever may not see them is shown the beginning of the id. Call while a component is set up. */
export function agreementTitles(): (id: string | null | undefined) => string {
  const agreements = resource<{ items: Agreement[] }>(() => (may('see_parties') ? '/api/agreements' : null), ['agreement']);
  return (id) => {
    if (!id) return '';
    const found = agreements.value?.items.find((one) => one.id === id);
    return found ? inReadersLanguage(found.title) : id.slice(0, 8);
  };
}
