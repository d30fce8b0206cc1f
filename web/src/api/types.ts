// The shapes of docs/api.md. Field names are the node's own.

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

export type LanguageTag = 'en' | 'fr' | 'vi';
export type Theme = 'light' | 'dark' | 'auto';
export type Role =
  | 'administrator'
  | 'signatory'
  | 'analyst'
  | 'duty_officer'
  | 'legal_adviser'
  | 'auditor'
  | 'observer';

export interface NodeFacts {
  party_id: string;
  name: Partial<Record<LanguageTag, string>>;
  kind: string;
  country: string;
  version: string;
  realm: string;
}

export interface SessionUser {
  name: string;
  display_name: string;
  roles: Role[];
  language: LanguageTag;
  theme: Theme;
  must_set_password: boolean;
  totp: boolean;
}

export interface SessionFacts {
  user?: SessionUser;
  csrf?: string;
  node: NodeFacts;
  languages: { tag: string; own_name: string }[];
  now?: string;
}

export type Tlp = 'TLP:CLEAR' | 'TLP:GREEN' | 'TLP:AMBER' | 'TLP:AMBER+STRICT' | 'TLP:RED';

export interface PartyRef {
  party_id: string;
  name: string;
}

export interface PeerStrip extends PartyRef {
  state: PeerState;
  last_contact: string | null;
  queued: number;
  late: number;
  late_reason?: Message | null;
}

export interface Situation {
  figures: { unacknowledged: number; due_within_hour: number; peers_late: number; hits_today: number };
  peers: PeerStrip[];
  changes: { time: string; kind: string; text: string; link: string }[];
}

export interface Alert {
  id: string;
  severity: 0 | 1 | 2 | 3 | 4 | 5;
  severity_reason: Message;
  title: string;
  detail: string;
  state: 'open' | 'acknowledged' | 'closed';
  realm: string;
  tlp: string;
  origin: {
    kind: 'own' | 'peer' | 'system';
    party_id?: string;
    name?: string;
    basis?: 'direct' | 'onward';
    vouched_by?: string;
  };
  host?: string;
  service?: string;
  count: number;
  first_seen: string;
  last_seen: string;
  received: string;
  deadline: string;
  acknowledged_by?: string;
  acknowledged_at?: string;
  indicators: { item: string; name: string; value: string }[];
  unverified: boolean;
}

export interface AlertRecipient extends PartyRef {
  state: 'queued' | 'sent' | 'received' | 'acknowledged' | 'late';
  deadline?: string;
  at?: string;
}

export interface AlertDetail extends Alert {
  timeline: { time: string; who: string; what: string }[];
  hits: Hit[];
  statement?: string;
  recipients: AlertRecipient[];
}

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
  created: string;
  modified: string;
  received: string;
  valid_until?: string | null;
  revoked: boolean;
  retracted: string | null;
  matching: boolean;
  sightings: number;
  related: number;
  labels: string[];
}

export interface Finding {
  level: string;
  pointer: string;
  rule: string;
  message: string;
}

export interface ItemDetail extends Item {
  raw: unknown;
  findings: Finding[];
  versions: { modified: string; received: string; voucher: string; current: boolean }[];
  provenance: {
    voucher: string;
    name: string;
    statement?: string;
    agreement?: string;
    received: string;
    basis: string;
    tlp: string;
    onward: string;
  }[];
}

export interface RelatedGroup {
  value: string;
  kind: string;
  too_common: boolean;
  items: Item[];
}

/** One object with everything about it. In the detail answer the counts of the list become the lists themselves. */
export interface ItemPage extends Omit<ItemDetail, 'related' | 'sightings'> {
  related: RelatedGroup[];
  sightings: (PartyRef & { count: number; first: string; last: string })[];
  sent_to: (PartyRef & { statement: string; state: string })[];
}

export interface ImportResult {
  format: string;
  objects: number;
  stored: number;
  updated: number;
  unchanged: number;
  refused: { at: string; id?: string; message: string }[];
  findings: (Finding & { item_id?: string; count: number })[];
  needs_tlp: boolean;
  tlp: string;
  import_id: string;
}

export interface ImportRow {
  import_id: string;
  name: string;
  format: string;
  time: string;
  by: string;
  stored: number;
  refused: number;
}

export interface PublishRequest {
  items?: string[];
  import_id?: string;
  alert?: string;
  agreement?: string;
  tlp?: string;
  onward?: string;
  readers?: string[];
}

export interface PublishPreview {
  objects: number;
  bytes: number;
  recipients: (PartyRef & {
    agreement: { id: string; title: string; version: number };
    permitted: number;
    refused: { count: number; reason: Message; example: string }[];
    redacted: number;
  })[];
  not_recipients: (PartyRef & { reason: Message })[];
}

export interface PublishResult {
  statements: { digest: string; agreement: string; objects: number; kind: string }[];
  recipients: PartyRef[];
}

export interface Statement {
  digest: string;
  id: string;
  kind: string;
  author: PartyRef;
  time: string;
  received?: string;
  agreement?: string;
  tlp: string;
  realm: string;
  direction: 'in' | 'out';
  objects: number;
  retracted: boolean;
  recipients: (PartyRef & { state: string; received_at?: string })[];
}

export type RetractReason = 'wrong' | 'narrowed' | 'personal_data' | 'source_at_risk' | 'superseded';

export interface Retraction {
  digest: string;
  target: string;
  item?: string;
  /** The object's name, where the node gives it. */
  name?: string;
  reason: RetractReason;
  note?: string;
  time: string;
  author: PartyRef | string;
  confirmed: number;
  holders: number;
  overdue: number;
  holders_list: (PartyRef & {
    state: 'confirmed' | 'pending' | 'overdue';
    at?: string;
    onward_confirmed?: number;
    onward_holders?: number;
  })[];
}

export interface Hit {
  id: string;
  sensor: string;
  value: string;
  kind: string;
  seen: string;
  field: string;
  log: string;
  host: string;
  critical: boolean;
  count: number;
  first: string;
  last: string;
  items: { item: string; name: string; voucher: string }[];
  alert?: string | null;
}

export interface CriticalHost {
  host: string;
  name: string;
  service: string;
  sector: string;
  protected_code?: string | null;
  population?: number | null;
  severity_floor: number;
  marked_by: string;
  marked_at: string;
}

export interface Sensor {
  name: string;
  last_seen: string | null;
  set_id: string;
  set_current: boolean;
  lines: number;
  bytes: number;
  hits: number;
}

export type PeerState = 'invited' | 'verified' | 'suspended' | 'quarantined';

export interface Peer extends PeerStrip {
  kind: string;
  country: string;
  assurance: string;
  agreements: number;
  endpoint: string;
}

export interface PeerDetail extends Omit<Peer, 'agreements'> {
  verification_number: string;
  verification?: { by: string; method: string; at: string } | null;
  descriptor: unknown;
  agreements: Agreement[] | number;
  checkpoint?: { size: number; time: string; state: CheckpointState } | null;
  already_sent?: { digest: string; kind: string; time: string }[];
}

export type CheckpointState = 'consistent' | 'unverified' | 'contradiction';

export interface LedgerRow {
  time: string;
  direction: 'in' | 'out';
  digest: string;
  kind: string;
  position: number;
  state: 'queued' | 'sent' | 'receipted' | 'late' | 'refused';
  reason?: Message | null;
  receipted_at?: string | null;
  size: number;
}

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
  log: { epoch: string | number; size: number };
  signatories: { name: string; display_name: string }[];
}

export interface Invitation {
  file_name: string;
  content: string;
  digest: string;
  fingerprint: string;
  endpoint: string;
}

export interface AgreementProposal {
  parties: string[];
  title: Record<LanguageTag, string>;
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

export interface Agreement {
  id: string;
  version: number;
  title: string | Partial<Record<LanguageTag, string>>;
  parties: (PartyRef & { signed: boolean; approvals: number; needed: number })[];
  state: 'proposed' | 'waiting' | 'in_force' | 'expired' | 'withdrawn';
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
  terms_digest: string;
}

export interface AgreementDetail extends Agreement {
  summary: string[];
  approvals: (PartyRef & { person: string; at: string })[];
  signatures: (PartyRef & { at: string; statement: string })[];
  document: unknown;
}

export interface LogEntry {
  index: number;
  digest: string;
  kind: string;
  time: string;
  state: 'present' | 'erased';
}

export interface LogPage extends Page<LogEntry> {
  epoch: string | number;
  size: number;
  root: string;
  checkpoint: string;
  peers: (PartyRef & { epoch: string | number; size: number; time: string; state: CheckpointState })[];
}

export interface VerifyResult {
  leaves: number;
  present: number;
  erased: { index: number; reason: string }[];
  unexplained: number[];
  root_matches: boolean;
  peers: (PartyRef & { state: CheckpointState; detail: string })[];
  ok: boolean;
  took_ms: number;
}

export interface AuditRow {
  time: string;
  who: string;
  via: string;
  action: string;
  target: string;
  outcome: string;
}

export interface User {
  name: string;
  display_name: string;
  roles: Role[];
  language: LanguageTag;
  disabled?: boolean;
  totp?: boolean;
  last_seen?: string | null;
}

export interface ApiKey {
  id: string;
  name: string;
  scope: string;
  expires?: string | null;
  created?: string;
  last_used?: string | null;
  created_by?: string;
}

export interface Health {
  status: 'ok' | 'degraded';
  checks?: { name: string; ok: boolean; message: string }[];
}

export type EventKind = 'alert' | 'intel' | 'peer' | 'hit' | 'retraction' | 'log';
