import type { Message, PartyRef } from './common';

/** How something goes out; what is not said is as it is labelled, under all agreements. */
export interface SendTerms {
  agreement?: string;
  tlp?: string;
  onward?: string;
  /** Of TLP:RED: "<party id>/<account>" each. */
  readers?: string[];
}

export interface PublishRequest extends SendTerms {
  items?: string[];
  import_id?: number;
}

export interface PublishPreview {
  objects: number;
  bytes: number;
  recipients: (PartyRef & {
    agreement: { id: string; title: string; version: number };
    /** Objects that go there, with those that come along. */
    permitted: number;
    /** Of these: not chosen, but in a statement of others, which goes on whole. */
    along: number;
    refused: { count: number; reason: Message; example: string }[];
    /** For whom what of it is TLP:RED is meant there. */
    readers: { account: string; name: string }[];
  })[];
  not_recipients: (PartyRef & { reason: Message })[];
  notes: Message[];
}

/** What was done, in the shape of the preview. */
export interface PublishResult extends PublishPreview {
  statements: { digest: string; agreement: string; objects: number; kind: string }[];
}

/** Whether something is with a party, and what keeps it. */
export interface Reach {
  party: PartyRef;
  reached: 'there' | 'gone' | 'waiting' | 'source' | 'not_there';
  says: string;
  ways: {
    state: Arrival | 'waiting' | 'may_go' | 'may_not_go';
    statement: string | null;
    agreement: string | null;
    title: string | null;
    reason: Message | null;
    at: string | null;
    /** With an earlier version of it, which does not count. */
    earlier: boolean;
  }[];
}

export interface Statement {
  digest: string;
  id: string;
  kind: string;
  author: PartyRef;
  time: string;
  received?: string;
  agreement?: string | null;
  tlp: string;
  realm: string;
  direction: 'in' | 'out';
  objects: number;
  retracted: boolean;
  recipients: (PartyRef & { state: Arrival; received_at?: string; reason?: Message | null })[];
}

/** A file that proves a statement to somebody who has no node. */
export interface StatementEvidence {
  file_name: string;
  content: string;
  digest: string;
  author: PartyRef;
  retracted: boolean;
  receipts: PartyRef[];
}

export type RetractReason = 'wrong' | 'narrowed' | 'personal_data' | 'source_at_risk' | 'superseded';

export type HolderState = 'confirmed' | 'pending' | 'overdue';

export interface Retraction {
  digest: string | null;
  target: string;
  /** Where single objects inside the statement are meant; named as far as the reader may read them. */
  objects?: { id: string; item?: string; type?: string; name?: string; value?: string }[];
  reason: RetractReason;
  note?: string;
  time: string;
  author: PartyRef;
  confirmed: number;
  holders: number;
  overdue: number;
  holders_list: (PartyRef & {
    state: HolderState;
    at?: string;
    onward_confirmed?: number;
    onward_holders?: number;
  })[];
}

/** How far a statement got; in what came in, only 'received'. */
export type LedgerState = 'sent' | 'receipted' | 'withheld' | 'refused' | 'lost' | 'unsure' | 'received';
/** The same for those who read about it: what has a receipt was received. */
export type Arrival = Exclude<LedgerState, 'receipted'>;

export interface LedgerRow {
  time: string;
  direction: 'in' | 'out';
  digest: string;
  kind: string;
  position: number | null;
  state: LedgerState;
  reason?: Message | null;
  receipted_at?: string | null;
  size: number;
}
