import type { Message, PartyRef } from './common';
import type { Arrival } from './exchange';
import type { PeerState } from './parties';
import type { Hit } from './watch';

export interface PeerStrip extends PartyRef {
  state: PeerState;
  last_contact: string | null;
  queued: number;
  late: boolean;
  late_reason?: Message | null;
}

export interface Situation {
  figures: { unacknowledged: number; due_within_hour: number; peers_late: number; hits_24h: number };
  peers: PeerStrip[];
  changes: { time: string; kind: string; text: string; link: string }[];
}

export type AlertState = 'open' | 'acknowledged';

export interface Alert {
  id: string;
  severity: 0 | 1 | 2 | 3 | 4 | 5;
  severity_reason: Message;
  title: string;
  detail: string;
  state: AlertState;
  realm: string;
  tlp: string;
  origin: {
    kind: 'own' | 'peer';
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
  indicators: { id: string; item: string | null; name: string; value: string | null }[];
  /** What was seen, also where the indicator itself is not ours to read. */
  values?: string[];
  host_name?: string;
  sector?: string;
  population_served?: number;
}

export interface AlertRecipient extends PartyRef {
  state: Arrival | 'acknowledged' | 'late';
  reason?: Message;
  deadline?: string;
  at?: string;
  by?: string;
  statement: string;
  /** Told by this recipient of ours, not by us; its own acknowledgement came back. */
  via?: PartyRef;
}

export interface AlertDetail extends Alert {
  /** The newest of them, oldest first. */
  timeline: { time: string; who: string; what: string }[];
  timeline_total: number;
  hits: Hit[];
  statements: string[];
  recipients: AlertRecipient[];
}
