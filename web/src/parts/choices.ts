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
/** Canonical sector codes of the node (src/core/infra). */
export const sectors = [
  'HEA', 'WAT', 'ENE-E', 'ENE-G', 'ENE-O', 'ENE-N', 'EMS', 'TEL', 'DIG', 'ICT', 'TRA-R', 'TRA-L', 'TRA-A', 'TRA-M',
  'LOG', 'FIN', 'GOV', 'ELE', 'DEF', 'REL', 'FOO', 'WWT', 'CHE', 'ENV', 'MED', 'EDU', 'CUL', 'SPA', 'MAN', 'URB', 'OTH',
] as const;

/** Categories of international humanitarian law that a host can belong to; those of the node, as are the sectors. */
export const protectedCodes = [
  'MED-U', 'MED-D', 'MED-T', 'MED-P', 'WS', 'SUR', 'DAN', 'HUM-O', 'HUM-P', 'CDF', 'DAT', 'CUL', 'UN', 'EMB', 'ZON',
  'ENV', 'NEU', 'JRN', 'DET', 'CHD', 'CIV-O', 'CIV-P',
] as const;
