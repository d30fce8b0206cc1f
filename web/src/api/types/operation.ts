import type { Page, PartyRef } from './common';
import type { CheckpointState } from './parties';
import type { LanguageTag, Role } from './session';

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
  peers: (PartyRef & { epoch: string | number; size: number; time: string | null; state: CheckpointState })[];
}

export interface VerifyResult {
  leaves: number;
  present: number;
  erased: { index: number; reason: string }[];
  unexplained: { index: number }[];
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
  /** Names of the API keys that end with the account. */
  keys: string[];
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
  checks?: { name: string; ok: boolean; message: string; until?: string }[];
}

/** After a restore: what peers gave back, and who is still silent. */
export interface Recovery {
  waiting: boolean;
  peers: (PartyRef & { asked: string; answered: string | null; returned: number; waived: string | null; waived_by: string })[];
}
