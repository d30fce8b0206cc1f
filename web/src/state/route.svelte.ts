// The address after # holds the whole state of a view, so that a link reproduces it and "back" works.

export interface Route {
  path: string[];
  query: URLSearchParams;
}

export function parseHash(hash: string): Route {
  const [rawPath = '', rawQuery = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const path = rawPath.split('/').filter(Boolean).map(decodeSegment);
  return { path, query: new URLSearchParams(rawQuery) };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function href(path: readonly string[], query: Record<string, string | undefined> = {}): string {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value) pairs.set(key, value);
  const text = pairs.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
}

class Router {
  now = $state.raw<Route>(parseHash(globalThis.location?.hash ?? ''));

  constructor() {
    globalThis.addEventListener?.('hashchange', () => (this.now = parseHash(location.hash)));
  }

  get place(): string {
    return this.now.path[0] ?? 'situation';
  }

  get(name: string): string {
    return this.now.query.get(name) ?? '';
  }

  go(to: string, replace = false): void {
    if (replace) history.replaceState(null, '', to);
    else history.pushState(null, '', to);
    this.now = parseHash(to);
  }

  /** The present view with some query values changed; an empty value takes its key out. */
  with(changes: Record<string, string | undefined>): string {
    const query = Object.fromEntries(this.now.query);
    return href(this.now.path, { ...query, ...changes });
  }
}

export const route = new Router();

// Back and forward between pushState entries raise popstate, not always hashchange.
globalThis.addEventListener?.('popstate', () => (route.now = parseHash(location.hash)));
