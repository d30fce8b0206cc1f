import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventKinds, Live, type LiveState } from './live';
import type { EventKind } from './types';

class Source {
  static all: Source[] = [];
  onopen = (): void => {};
  onerror = (): void => {};
  closed = false;
  private readonly ears = new Map<string, () => void>();

  constructor() {
    Source.all.push(this);
  }
  addEventListener(kind: string, ear: () => void): void {
    this.ears.set(kind, ear);
  }
  say(kind: EventKind): void {
    this.ears.get(kind)?.();
  }
  close(): void {
    this.closed = true;
  }
}

const changed: EventKind[][] = [];
const states: LiveState[] = [];
const last = (): Source => Source.all.at(-1) as Source;
let live: Live;

beforeEach(() => {
  vi.useFakeTimers();
  Source.all = [];
  changed.length = states.length = 0;
  live = new Live({
    changed: (kinds) => changed.push([...kinds]),
    state: (state) => states.push(state),
    open: () => new Source() as unknown as EventSource,
  });
  live.start();
});
afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

describe('live updates', () => {
  test('a burst of events is one reload', () => {
    last().onopen();
    for (let n = 0; n < 50; n += 1) last().say('alert');
    last().say('hit');
    vi.advanceTimersByTime(300);
    expect(changed).toEqual([['alert', 'hit']]);
  });

  test('comes back at once where a stream ended, says nothing of it, and asks for everything', () => {
    last().onopen();
    last().onerror();
    vi.advanceTimersByTime(0);
    expect(Source.all).toHaveLength(2);
    expect(states.at(-1)).toBe('live');
    last().onopen();
    expect(states).not.toContain('polling');
    expect(changed).toEqual([[...eventKinds]]);
  });

  test('asks at a slow pace while the stream is down', () => {
    last().onopen();
    last().onerror();
    vi.advanceTimersByTime(0);
    last().onerror();
    expect(states.at(-1)).toBe('polling');
    vi.advanceTimersByTime(15_000);
    expect(changed).toContainEqual([...eventKinds]);
  });

  test('connects again, ever more slowly, and asks for everything once it is back', () => {
    last().onopen();
    last().onerror();
    expect(last().closed).toBe(true);
    vi.advanceTimersByTime(0);
    expect(Source.all).toHaveLength(2);
    last().onerror();
    vi.advanceTimersByTime(1000);
    expect(Source.all).toHaveLength(3);
    last().onerror();
    vi.advanceTimersByTime(1000);
    expect(Source.all).toHaveLength(3);
    vi.advanceTimersByTime(1000);
    expect(Source.all).toHaveLength(4);
    changed.length = 0;
    last().onopen();
    expect(states.at(-1)).toBe('live');
    expect(changed).toEqual([[...eventKinds]]);
    vi.advanceTimersByTime(60_000);
    expect(changed).toHaveLength(1);
  });

  test('an old stream that fails late changes nothing', () => {
    const old = last();
    old.onerror();
    vi.advanceTimersByTime(1000);
    last().onopen();
    old.onerror();
    expect(states.at(-1)).toBe('live');
  });

  test('is silent after stop', () => {
    last().onopen();
    last().say('alert');
    live.stop();
    vi.advanceTimersByTime(60_000);
    expect(changed).toEqual([]);
    expect(Source.all).toHaveLength(1);
  });
});
