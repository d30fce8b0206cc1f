import type { LanguageTag } from '../../text/text.svelte';

export type { LanguageTag };

export type Theme = 'light' | 'dark' | 'auto';

export type Role =
  | 'administrator'
  | 'signatory'
  | 'analyst'
  | 'duty_officer'
  | 'legal_adviser'
  | 'auditor'
  | 'observer';

/** What the interface asks about; the node names more (src/core/people/permissions.cpp). */
export type Permission =
  | 'acknowledge_alert'
  | 'see_intelligence'
  | 'import'
  | 'publish'
  | 'retract'
  | 'mark_hosts'
  | 'see_hits'
  | 'see_parties'
  | 'manage_peers'
  | 'propose_agreement'
  | 'sign_agreement'
  | 'see_log'
  | 'verify_log'
  | 'manage_users'
  | 'manage_keys'
  | 'backup';

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
  /** Permitted actions by name. */
  may: string[];
  language: LanguageTag;
  theme: Theme;
  /** Whether letters and signs are shortcuts outside of fields. */
  single_keys: boolean;
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
