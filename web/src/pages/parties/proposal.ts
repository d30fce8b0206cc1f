import type { AgreementProposal } from '../../api/types';

export const contentKinds = ['intel', 'alert', 'sighting', 'request', 'offer', 'message', 'notice'] as const;

/** What a proposal starts from: narrow, so that whoever proposes widens on purpose. */
export function emptyProposal(today: Date): AgreementProposal {
  const inAYear = new Date(today);
  inAYear.setFullYear(today.getFullYear() + 1);
  return {
    parties: [],
    title: { en: '', fr: '', vi: '' },
    level: 'bilateral',
    purposes: [],
    categories: ['intel', 'alert', 'sighting'],
    tlp: 'TLP:AMBER',
    pap: 'PAP:AMBER',
    onward: 'none',
    retention_days: 365,
    ack: { 5: 'PT15M', 4: 'PT30M', 3: 'PT2H', 2: 'PT8H', 1: 'P1D', 0: 'P3D' },
    automatic: ['alert', 'sighting'],
    from: isoDay(today),
    until: isoDay(inAYear),
  };
}

function isoDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The node checks it all; this only keeps the button quiet until there is something to send. */
export function isReady(form: AgreementProposal): boolean {
  const hasTitle = Object.values(form.title).some((title) => title.trim());
  return form.parties.length > 0 && hasTitle && Boolean(form.from) && form.from < form.until;
}
