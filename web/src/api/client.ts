// One way to the node: a request goes out with the session's token and the reader's language, an answer comes back as a
// value or as an ApiError that carries the node's own sentence.

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly id: string,
    message: string,
    readonly body: unknown = undefined,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export type QueryValue = string | number | boolean | undefined | null;

/** A path with its query; empty values are left out so that equal views have equal addresses. */
export function address(path: string, query: Record<string, QueryValue> = {}): string {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') pairs.set(key, String(value));
  }
  const text = pairs.toString();
  return text ? `${path}?${text}` : path;
}

interface Ask {
  method?: string;
  json?: unknown;
  bytes?: Blob;
  signal?: AbortSignal;
}

export interface ClientContext {
  csrf: string;
  language: string;
  unreachable: string;
  onUnauthenticated: () => void;
}

/** Set once by the session: what each request needs to know. */
export const context: ClientContext = {
  csrf: '',
  language: 'en',
  unreachable: 'The node does not answer.',
  onUnauthenticated: () => {},
};

export async function errorOf(answer: Response): Promise<ApiError> {
  let body: unknown;
  try {
    body = await answer.json();
  } catch {
    body = undefined;
  }
  const error = (body as { error?: { code?: string; id?: string; message?: string } } | undefined)?.error;
  return new ApiError(
    answer.status,
    error?.code ?? 'internal',
    error?.id ?? 'http.status',
    error?.message ?? `HTTP ${answer.status}`,
    body,
  );
}

async function ask(path: string, { method = 'GET', json, bytes, signal }: Ask): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': context.language };
  if (method !== 'GET' && context.csrf) headers['X-CSRF-Token'] = context.csrf;
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  if (bytes !== undefined) headers['Content-Type'] = 'application/octet-stream';
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: json !== undefined ? JSON.stringify(json) : bytes,
      signal,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, 'unavailable', 'web.unreachable', context.unreachable);
  }
  if (answer.ok) return answer;
  const error = await errorOf(answer);
  // A wrong password for a signature is 401 too; only the end of the session leads back to the door.
  if (error.id === 'people.no_session' && !path.startsWith('/api/session')) context.onUnauthenticated();
  throw error;
}

async function bodyOf<T>(answer: Response): Promise<T> {
  if (answer.status === 204) return undefined as T;
  return (await answer.json()) as T;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return bodyOf<T>(await ask(path, { signal }));
}

export async function post<T>(path: string, json: unknown = {}): Promise<T> {
  return bodyOf<T>(await ask(path, { method: 'POST', json }));
}

export async function postBytes<T>(path: string, bytes: Blob, signal?: AbortSignal): Promise<T> {
  return bodyOf<T>(await ask(path, { method: 'POST', bytes, signal }));
}

export async function postForFile(path: string, json: unknown): Promise<Blob> {
  return (await ask(path, { method: 'POST', json })).blob();
}

export async function remove(path: string, json?: unknown): Promise<void> {
  await ask(path, { method: 'DELETE', json });
}
