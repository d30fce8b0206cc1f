import type { EventKind } from './types';

export type LiveState = 'connecting' | 'live' | 'polling';

export const eventKinds: EventKind[] = ['alert', 'intel', 'peer', 'agreement', 'host', 'hit', 'retraction', 'log'];

interface Wires {
  changed: (kinds: readonly EventKind[]) => void;
  state: (state: LiveState) => void;
  open?: (path: string) => EventSource;
}

const kPollEvery_ms = 15_000;
const kGather_ms = 250;
const kLongestWait_ms = 30_000;

/**
 * Hears the node's event stream. Bursts are gathered, so that a flood of events is one reload. The node ends every
 * stream after a while: we come back at once. While the stream is down everything is asked again at a slow pace, and
 * once when it is back: what was said meanwhile is lost on the stream but not on the node.
 */
export class Live {
  private source: EventSource | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private poll: ReturnType<typeof setInterval> | undefined;
  private gather: ReturnType<typeof setTimeout> | undefined;
  private readonly waiting = new Set<EventKind>();
  private failures = 0;
  private wasDown = false;

  constructor(private readonly wires: Wires) {}

  start(): void {
    if (this.source) return;
    this.wires.state('connecting');
    this.connect();
  }

  stop(): void {
    this.source?.close();
    this.source = undefined;
    clearTimeout(this.retry);
    clearTimeout(this.gather);
    clearInterval(this.poll);
    this.poll = undefined;
    this.waiting.clear();
  }

  private connect(): void {
    const open = this.wires.open ?? ((path: string) => new EventSource(path));
    const source = open('/api/events');
    this.source = source;
    source.onopen = () => this.up();
    source.onerror = () => this.down(source);
    for (const kind of eventKinds) source.addEventListener(kind, () => this.hear(kind));
  }

  private up(): void {
    this.failures = 0;
    clearInterval(this.poll);
    this.poll = undefined;
    this.wires.state('live');
    if (this.wasDown) this.wires.changed(eventKinds);
    this.wasDown = false;
  }

  private down(source: EventSource): void {
    // The browser's own retry gives up on an HTTP error; ours does not, and it slows down.
    source.close();
    if (source !== this.source) return;
    const wasUp = this.failures === 0 && !this.wasDown;
    this.wasDown = true;
    clearTimeout(this.retry);
    if (wasUp) {
      this.retry = setTimeout(() => this.connect(), 0);
      return;
    }
    this.wires.state('polling');
    this.poll ??= setInterval(() => this.wires.changed(eventKinds), kPollEvery_ms);
    const wait = Math.min(kLongestWait_ms, 1000 * 2 ** this.failures);
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), wait);
  }

  private hear(kind: EventKind): void {
    this.waiting.add(kind);
    this.gather ??= setTimeout(() => {
      const kinds = [...this.waiting];
      this.waiting.clear();
      this.gather = undefined;
      this.wires.changed(kinds);
    }, kGather_ms);
  }
}
