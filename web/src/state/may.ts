import type { Permission } from '../api/types';
import { session } from './session.svelte';

/** Who is offered what. The node says so with the session, and decides again on every request. */
export function may(action: Permission): boolean {
  return session.user?.may.includes(action) ?? false;
}
