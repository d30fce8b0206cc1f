import type { Message, PartyRef } from './common';
import type { Arrival } from './exchange';

export interface Item {
  item: string;
  id: string;
  type: string;
  name: string;
  value?: string;
  kind?: string;
  voucher: PartyRef & { own: boolean };
  tlp: string;
  pap: string;
  onward: string;
  realm: string;
  modified: string | null;
  received: string;
  valid_until?: string | null;
  revoked: boolean;
  retracted: string | null;
  matching: boolean;
  sightings: number;
  related: number;
}

export interface Finding {
  level: 'must' | 'should' | 'matching';
  pointer: string;
  rule: string;
  message: string;
}

export interface ItemDetail extends Item {
  /** The exact bytes, as text; null where the reader may not see them. */
  raw: string | null;
  labels: string[];
  valid_from?: string | null;
  findings: Finding[];
  versions: { item: string; modified: string | null; received: string; voucher: string; current: boolean; revoked?: boolean }[];
  provenance: {
    voucher: string;
    name: string;
    statement: string | null;
    agreement: string | null;
    received: string;
    basis: 'import' | 'direct' | 'onward';
    source?: string;
  }[];
}

export interface RelatedGroup {
  value: string;
  kind: string;
  too_common: boolean;
  total?: number;
  items: Item[];
}

/** One object with everything about it. In the detail answer the counts of the list become the lists themselves. */
export interface ItemPage extends Omit<ItemDetail, 'related' | 'sightings'> {
  related: RelatedGroup[];
  sightings: (PartyRef & { count: number; first: string; last: string })[];
  sent_to: (PartyRef & { statement: string; state: Arrival; at: string; reason?: Message })[];
}

export interface ImportResult {
  format: string;
  objects: number;
  stored: number;
  updated: number;
  unchanged: number;
  refused: { at: string; text?: string; message: string }[];
  refused_count: number;
  findings: (Finding & { item_id?: string; count: number })[];
  /** Indicators of the file; the findings of the level "matching" say why. */
  not_matched: number;
  partly_matched: number;
  needs_tlp: boolean;
  tlp: string;
  import_id: number;
}

export interface ImportRow {
  import_id: number;
  name: string;
  format: string;
  time: string;
  by: string;
  stored: number;
  refused: number;
  state: 'running' | 'done' | 'interrupted';
  /** The newest import of the same name that found some of it again: this one is no longer whole. */
  repeated_by?: number;
}
