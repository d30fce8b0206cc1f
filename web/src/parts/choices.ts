// The closed lists that forms offer.

export const tlps = ['TLP:CLEAR', 'TLP:GREEN', 'TLP:AMBER', 'TLP:AMBER+STRICT', 'TLP:RED'] as const;
export const paps = ['PAP:CLEAR', 'PAP:GREEN', 'PAP:AMBER', 'PAP:RED'] as const;
export const onwardRules = ['none', 'own_constituency', 'within_agreement', 'with_consent', 'free'] as const;
export const levels = ['bilateral', 'multilateral', 'regional', 'global', 'public_private'] as const;
export const retractReasons = ['wrong', 'narrowed', 'personal_data', 'source_at_risk', 'superseded'] as const;
export const roles = [
  'administrator',
  'signatory',
  'analyst',
  'duty_officer',
  'legal_adviser',
  'auditor',
  'observer',
] as const;
export const sectors = [
  'health',
  'water',
  'energy',
  'transport',
  'finance',
  'communications',
  'government',
  'emergency',
  'food',
  'relief',
  'other',
] as const;
export const protectedCodes = ['medical', 'relief', 'water', 'food', 'energy', 'dangerous_forces', 'civil_defence', 'culture'] as const;
