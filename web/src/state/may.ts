import type { Role } from '../api/types';
import { session } from './session.svelte';

// Who is shown which buttons. The node decides for itself whatever is shown here; its table stands in
// src/core/people/permissions.cpp.

const kRules = {
  acknowledge_alert: ['duty_officer'],
  see_intelligence: ['administrator', 'analyst', 'duty_officer', 'legal_adviser'],
  import: ['analyst'],
  publish: ['analyst', 'duty_officer'],
  retract: ['analyst'],
  mark_hosts: ['analyst'],
  see_hits: ['analyst', 'duty_officer'],
  see_parties: ['administrator', 'signatory', 'analyst', 'duty_officer', 'legal_adviser', 'auditor'],
  manage_peers: ['administrator'],
  propose_agreement: ['signatory', 'legal_adviser'],
  sign_agreement: ['signatory'],
  see_log: ['administrator', 'auditor'],
  manage_users: ['administrator'],
  manage_keys: ['administrator'],
  backup: ['administrator'],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof kRules;

export function may(action: Action): boolean {
  return session.can(...kRules[action]);
}
