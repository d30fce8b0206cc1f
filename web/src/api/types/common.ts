export interface Page<T> {
  items: T[];
  next: string | null;
  total: number | null;
}

/** A sentence the node has already put into the reader's language, with the id it was made from. */
export interface Message {
  id: string;
  message: string;
}

export interface PartyRef {
  party_id: string;
  name: string;
}

export type EventKind = 'alert' | 'intel' | 'peer' | 'agreement' | 'host' | 'hit' | 'retraction' | 'log';
