import { Live, type LiveState } from '../api/live';
import type { EventKind } from '../api/types';

// Which parts of the node changed, as numbers that views depend on: a view reads versions.alert and is asked again
// whenever it grows.

class LiveParts {
  state = $state<LiveState>('connecting');
  versions = $state<Record<EventKind, number>>({
    alert: 0,
    intel: 0,
    peer: 0,
    agreement: 0,
    host: 0,
    hit: 0,
    retraction: 0,
    log: 0,
  });
  private readonly stream = new Live({
    changed: (kinds) => kinds.forEach((kind) => (this.versions[kind] += 1)),
    state: (state) => (this.state = state),
  });

  start(): void {
    this.stream.start();
  }

  stop(): void {
    this.stream.stop();
  }

  /** After an own action: what we changed need not wait for the stream. */
  touch(...kinds: EventKind[]): void {
    for (const kind of kinds) this.versions[kind] += 1;
  }
}

export const live = new LiveParts();
