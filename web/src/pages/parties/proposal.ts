import type { AgreementProposal, ProposalTerms } from '../../api/types';

export const contentKinds = ['intel', 'alert', 'sighting', 'request', 'offer', 'message', 'notice'] as const;

/** A proposal with the terms that the node starts from, its moments as the days of a calendar. */
export function proposalFrom(usual: ProposalTerms): AgreementProposal {
  return {
    ...usual,
    parties: [],
    title: { en: '', fr: '', vi: '' },
    from: usual.from.slice(0, 10),
    until: usual.until.slice(0, 10),
  };
}

/** The node checks it all; this only keeps the button quiet until there is something to send. */
export function isReady(form: AgreementProposal): boolean {
  const hasTitle = Object.values(form.title).some((title) => title.trim());
  return form.parties.length > 0 && hasTitle && Boolean(form.from) && form.from < form.until;
}
