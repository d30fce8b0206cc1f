import { untrack } from 'svelte';
import { ApiError, address, get } from '../api/client';
import type { EventKind, Page } from '../api/types';
import { language } from '../text/text.svelte';
import { live } from './live.svelte';

// What a view shows of the node. A resource follows its address: another address empties it, a live event or another
// language asks again and keeps showing the old value until the new one is here.

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, 'internal', 'web.unexpected', String(error));
}

function follow(kinds: readonly EventKind[]): void {
  for (const kind of kinds) void live.versions[kind];
  void language.tag;
}

export class Resource<T> {
  value = $state.raw<T | undefined>();
  error = $state.raw<ApiError | undefined>();
  /** When the value shown was true. */
  at = $state(0);
  again = $state(0);
  shownFor = '';

  reload(): void {
    this.again += 1;
  }
}

type Fill<R> = (it: R, from: string, signal: AbortSignal) => Promise<void>;

/** Asks whenever the address, a part of the node or the language changes; what was asked before is given up. */
function kept<R extends Resource<unknown>>(it: R, path: () => string | null, kinds: readonly EventKind[], fillIt: Fill<R>): R {
  $effect(() => {
    const from = path();
    follow(kinds);
    void it.again;
    const stop = new AbortController();
    if (from !== it.shownFor) {
      it.value = undefined;
      it.error = undefined;
      it.shownFor = from ?? '';
    }
    if (from !== null) void untrack(() => fillIt(it, from, stop.signal));
    return () => stop.abort();
  });
  return it;
}

/** Follows one document. A null address means: nothing is chosen. */
export function resource<T>(path: () => string | null, kinds: readonly EventKind[] = []): Resource<T> {
  return kept(new Resource<T>(), path, kinds, fill);
}

async function fill<T>(it: Resource<T>, from: string, signal: AbortSignal): Promise<void> {
  try {
    const value = await get<T>(from, signal);
    if (signal.aborted) return;
    it.value = value;
    it.error = undefined;
    it.at = Date.now();
  } catch (error) {
    if (!signal.aborted) it.error = asApiError(error);
  }
}

const kPage = 100;
const kLargestPage = 500;

/** Follows a cursor-paged list; more() is asked by whoever shows the end of it. */
export class List<T> extends Resource<T[]> {
  total = $state.raw<number | null>(null);
  next = $state.raw<string | null>(null);
  loadingMore = $state(false);

  async more(): Promise<void> {
    if (!this.next || this.loadingMore) return;
    this.loadingMore = true;
    const from = this.shownFor;
    try {
      const page = await get<Page<T>>(withQuery(from, { limit: kPage, cursor: this.next }));
      if (from !== this.shownFor) return;
      this.value = [...(this.value ?? []), ...page.items];
      this.next = page.next;
    } catch (error) {
      this.error = asApiError(error);
    } finally {
      this.loadingMore = false;
    }
  }
}

function withQuery(path: string, more: Record<string, string | number>): string {
  const [bare = '', query = ''] = path.split('?', 2);
  return address(bare, { ...Object.fromEntries(new URLSearchParams(query)), ...more });
}

export function list<T>(path: () => string | null, kinds: readonly EventKind[] = []): List<T> {
  return kept(new List<T>(), path, kinds, fillList);
}

/** Asks again for as much as is shown, so that a live event does not take away what someone has scrolled to. */
async function fillList<T>(it: List<T>, from: string, signal: AbortSignal): Promise<void> {
  const wanted = Math.max(kPage, it.value?.length ?? 0);
  try {
    const head = await get<Page<T>>(withQuery(from, { limit: Math.min(kLargestPage, wanted) }), signal);
    const items = [...head.items];
    let next = head.next;
    while (next && items.length < wanted) {
      const page = await get<Page<T>>(withQuery(from, { limit: kLargestPage, cursor: next }), signal);
      items.push(...page.items);
      next = page.next;
    }
    if (signal.aborted) return;
    it.value = items;
    it.next = next;
    it.total = head.total;
    it.error = undefined;
    it.at = Date.now();
  } catch (error) {
    if (!signal.aborted) it.error = asApiError(error);
  }
}
