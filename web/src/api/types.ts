// The shapes of docs/api.md, a file for each part of it. Field names are the node's own.
export type * from './types/alerts';
export type * from './types/common';
export type * from './types/exchange';
export type * from './types/intel';
export type * from './types/operation';
export type * from './types/parties';
export type * from './types/session';
export type * from './types/watch';
