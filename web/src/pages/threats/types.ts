/** The types people filter by, the frequent ones first. */
export const stixTypes = [
  'indicator',
  'malware',
  'threat-actor',
  'intrusion-set',
  'campaign',
  'attack-pattern',
  'infrastructure',
  'vulnerability',
  'tool',
  'course-of-action',
  'report',
  'identity',
  'observed-data',
  'sighting',
  'relationship',
  'note',
  'opinion',
  'grouping',
  'location',
  'domain-name',
  'ipv4-addr',
  'ipv6-addr',
  'url',
  'file',
  'email-addr',
] as const;

/** The kinds of statement people look for; the others are shown when they come. */
export const statementKinds = ['alert', 'ack', 'intel', 'sighting', 'retract', 'agreement', 'message', 'request'] as const;
