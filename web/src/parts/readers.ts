import type { Peer } from '../api/types';

/** Somebody of a peer who may be named as a reader of TLP:RED. */
export interface Reader {
  /** "<party id>/<account>" */
  id: string;
  account: string;
  name: string;
}

/** The form of an account name on every node. */
export const accountPattern = '[a-z0-9][a-z0-9._\\-]{1,63}';
const isAccount = (text: string): boolean => new RegExp(`^${accountPattern}$`).test(text);

/** Of this peer: those whom it names itself, then those who were typed. */
export function readersOf(peer: Peer, chosen: string[]): Reader[] {
  const known = peer.signatories
    .filter((person) => isAccount(person.name))
    .map((person) => ({ id: `${peer.party_id}/${person.name}`, account: person.name, name: person.display_name || person.name }));
  const typed = chosen
    .filter((id) => id.startsWith(`${peer.party_id}/`) && !known.some((one) => one.id === id))
    .map((id) => id.slice(peer.party_id.length + 1))
    .map((account) => ({ id: `${peer.party_id}/${account}`, account, name: account }));
  return [...known, ...typed];
}
