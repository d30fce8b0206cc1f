import type { Alert } from '../../api/types';
import { t } from '../../text/text.svelte';

export function originName(alert: Alert): string {
  if (alert.origin.kind === 'own') return t('origin.own');
  return alert.origin.name ?? alert.origin.party_id ?? '';
}
