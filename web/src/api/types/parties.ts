import type { PeerStrip } from './alerts';
import type { PartyRef } from './common';
import type { LanguageTag } from './session';

export type PeerState = 'invited' | 'verified' | 'suspended' | 'quarantined';

export interface Peer extends PeerStrip {
  kind: string;
  country: string;
  assurance: string;
  agreements: number;
  endpoint: string;
  /** Persons of the peer whom its descriptor names. */
  signatories: { name: string; display_name: string }[];
}

export interface PeerDetail extends Omit<Peer, 'agreements' | 'signatories'> {
  verification_number: string;
  verification?: { by: string; method: string; at: string } | null;
  descriptor: unknown;
  agreements: (Pick<Agreement, 'id' | 'version' | 'title' | 'state'> & Partial<Agreement>)[];
  checkpoint: { size: number; time: string | null; state: string };
  quarantine_reason?: string;
  allowed_address?: string;
  evidence?: Evidence[];
  already_sent?: { digest: string; kind: string; time: string }[];
  already_sent_total?: number;
}

/** What proves that a party has said two things: signed by it, and kept. */
export interface Evidence {
  at: string;
  kind: 'two_histories' | 'two_statements';
  [detail: string]: unknown;
}

export type CheckpointState = 'consistent' | 'unverified' | 'contradiction';

export interface OwnParty {
  party_id: string;
  name: string | Partial<Record<LanguageTag, string>>;
  kind: string;
  country: string;
  sectors: string[];
  endpoints: unknown[];
  version: number;
  issued: string;
  expires: string;
  keys: { use: string; key: string; since: string }[];
  /** Keys that were followed: good for what they have signed, to this entry of that epoch of the log. */
  retired: { use: string; key: string; epoch: string; last: number }[];
  earlier_roots: string[];
  log: { epoch: string | number; size: number };
  signatories: { name: string; display_name: string }[];
}

/** What the root key would sign now; the file that is carried to it. */
export interface NextDescriptor {
  payload: string;
  version: number;
  expires: string;
  added: string[];
  removed: string[];
  /** Entries of our log that no peer takes for ours any more. */
  given_up: number;
}

export interface Invitation {
  file_name: string;
  content: string;
  digest: string;
  fingerprint: string;
  endpoint: string;
}

/** What a proposal starts from; the node fills in what it does not say. */
export interface ProposalTerms {
  level: string;
  purposes: string[];
  categories: string[];
  tlp: string;
  pap: string;
  onward: string;
  retention_days: number;
  ack: Record<string, string>;
  automatic: string[];
  from: string;
  until: string;
}

export interface AgreementProposal extends ProposalTerms {
  parties: string[];
  title: Record<LanguageTag, string>;
}

export type AgreementState = 'proposed' | 'waiting' | 'not_yet' | 'in_force' | 'expired' | 'withdrawn';

export interface Agreement {
  id: string;
  version: number;
  title: string | Partial<Record<LanguageTag, string>>;
  parties: (PartyRef & { signed: boolean; approvals: number; needed: number | null; left_at: string | null })[];
  /** Ids of its parties that are no verified peers of this node: nothing passes, not even a signature. */
  unpeered: string[];
  state: AgreementState;
  level: string;
  tlp: string;
  pap: string;
  onward: string;
  purposes: string[];
  categories: string[];
  automatic: string[];
  ack: Record<string, string>;
  retention_days: number;
  from: string;
  until: string;
  redactions: string[];
  terms_digest: string;
  document_digest: string;
}

export interface AgreementDetail extends Agreement {
  summary: string[];
  approvals: (PartyRef & { person: string; account: string; at: string })[];
  signatures: (PartyRef & { at: string; statement: string })[];
  document: unknown;
}
