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
