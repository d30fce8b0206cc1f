import type { PublishPreview } from '../api/types';

/** How many parties receive something; a party of two agreements is one. */
export function partiesOf(preview: PublishPreview | undefined): number {
  return new Set(preview?.recipients.filter((one) => one.permitted > 0).map((one) => one.party_id)).size;
}
