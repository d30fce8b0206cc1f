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
  signal?: AbortSignal;
}

export interface ClientContext {
  csrf: string;
  language: string;
  /** What to say where the node does not answer: a question is asked anew when the page is, a deed never. */
  unreachable: (method: string) => string;
  /** What to say where something before the node's own words refuses: it is overloaded, or a proxy stands between. */
  refused: (status: number) => string;
  onUnauthenticated: () => void;
}

/** Set once by the session: what each request needs to know. */
export const context: ClientContext = {
  csrf: '',
  language: 'en',
  unreachable: () => 'The node does not answer.',
  refused: (status) => `HTTP ${status}`,
  onUnauthenticated: () => {},
};

function errorFrom(status: number, body: unknown): ApiError {
  const error = (body as { error?: { code?: string; id?: string; message?: string } } | undefined)?.error;
  return new ApiError(
    status,
    error?.code ?? 'internal',
    error?.id ?? 'http.status',
    error?.message ?? context.refused(status),
    body,
  );
}

/** The error of an answer; one that ends the session leads back to the door. */
function refused(path: string, status: number, text: string): ApiError {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const error = errorFrom(status, body);
  // A wrong password for a signature is 401 too; only the end of the session leads back to the door.
  if (error.id === 'people.no_session' && !path.startsWith('/api/session')) context.onUnauthenticated();
  return error;
}

const unreachable = (method: string): ApiError => new ApiError(0, 'unavailable', 'web.unreachable', context.unreachable(method));

function headersFor(method: string, type?: string): Record<string, string> {
  return {
    Accept: 'application/json',
    'Accept-Language': context.language,
    ...(method !== 'GET' && context.csrf ? { 'X-CSRF-Token': context.csrf } : {}),
    ...(type ? { 'Content-Type': type } : {}),
  };
}

async function ask(path: string, { method = 'GET', json, signal }: Ask): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers: headersFor(method, json !== undefined ? 'application/json' : undefined),
      body: json !== undefined ? JSON.stringify(json) : undefined,
      signal,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw unreachable(method);
  }
  if (answer.ok) return answer;
  throw refused(path, answer.status, await answer.text());
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

/** A file as its bytes. fetch() tells nothing of an upload's progress, so this one request is made the older way. */
export function postBytes<T>(path: string, bytes: Blob, sent: (count: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    for (const [name, value] of Object.entries(headersFor('POST', 'application/octet-stream'))) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => sent(event.loaded);
    request.onerror = () => fail(unreachable('POST'));
    request.onabort = () => fail(signal?.reason);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) done(JSON.parse(request.responseText) as T);
      else fail(refused(path, request.status, request.responseText));
    };
    signal?.addEventListener('abort', () => request.abort());
    request.send(bytes);
  });
}

export async function postForFile(path: string, json: unknown): Promise<Blob> {
  return (await ask(path, { method: 'POST', json })).blob();
}

export async function remove(path: string, json?: unknown): Promise<void> {
  await ask(path, { method: 'DELETE', json });
}

/** One part of a path: an id of foreign making must not become several. */
export const segment = encodeURIComponent;
