export const agreementTones: Record<string, string> = {
  in_force: 'good',
  proposed: 'care',
  waiting: 'care',
  withdrawn: 'stop',
  expired: 'stop',
};
