import type { PublishPreview } from '../api/types';

/** How many parties receive something; a party of two agreements is one. */
export function partiesOf(preview: PublishPreview | undefined): number {
  return new Set(preview?.recipients.filter((one) => one.permitted > 0).map((one) => one.party_id)).size;
}

/** TLP:RED is why something stays: nobody is named at the party. */
export function namesNobody(preview: PublishPreview | undefined): boolean {
  return preview?.recipients.some((one) => one.refused.some((stays) => stays.reason.id === 'release.red_names_nobody_there')) ?? false;
}
