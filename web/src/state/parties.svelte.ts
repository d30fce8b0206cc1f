import type { Peer } from '../api/types';
import { may } from './may';
import { resource } from './resource.svelte';
import { session } from './session.svelte';

/** The names of parties by id; an unknown one is shown by the beginning of its id. Call while a component is set up. */
export function partyNames(): (id: string) => string {
  const peers = resource<{ items: Peer[] }>(() => (may('see_parties') ? '/api/peers' : null), ['peer']);
  return (id) => {
    if (id === session.node?.party_id) return session.nodeName;
    return peers.value?.items.find((one) => one.party_id === id)?.name ?? id.slice(0, 8);
  };
}
