import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { address, ApiError, context, get, post, postBytes, remove } from './client';

const answers: Response[] = [];
const asked: { path: string; init: RequestInit }[] = [];
const header = (name: string): string | undefined => (asked.at(-1)?.init.headers as Record<string, string>)[name];

beforeEach(() => {
  asked.length = answers.length = 0;
  context.csrf = 'token';
  context.language = 'vi';
  context.onUnauthenticated = vi.fn();
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    asked.push({ path, init });
    const answer = answers.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new TypeError('no network'));
  });
});
afterEach(() => vi.unstubAllGlobals());

const json = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status });

describe('a request', () => {
  test('leaves empty values out of the address', () => {
    expect(address('/api/intel', { q: 'a b', type: '', tlp: undefined, limit: 5 })).toBe('/api/intel?q=a+b&limit=5');
    expect(address('/api/intel')).toBe('/api/intel');
  });

  test('names a network in the query, where its slash ends nothing', () => {
    expect(address('/api/hosts', { host: '10.0.0.0/8' })).toBe('/api/hosts?host=10.0.0.0%2F8');
  });

  test('carries the token only when it changes something, the language always', async () => {
    answers.push(json(200, { a: 1 }), json(200, {}), new Response(null, { status: 204 }));
    expect(await get('/api/x')).toEqual({ a: 1 });
    expect(header('X-CSRF-Token')).toBeUndefined();
    expect(header('Accept-Language')).toBe('vi');
    await post('/api/x', { b: 2 });
    expect(header('X-CSRF-Token')).toBe('token');
    expect(asked.at(-1)?.init.body).toBe('{"b":2}');
    expect(await remove('/api/x')).toBeUndefined();
    expect(asked.at(-1)?.init.method).toBe('DELETE');
  });

  test('never follows a redirect', async () => {
    answers.push(json(200, {}));
    await get('/api/x');
    expect(asked.at(-1)?.init.redirect).toBe('error');
  });
});

describe('a refusal', () => {
  test('carries the sentence of the node', async () => {
    answers.push(json(403, { error: { code: 'forbidden', id: 'release.not_verified', message: 'Chưa kiểm chứng', args: [] } }));
    await expect(get('/api/x')).rejects.toMatchObject({ status: 403, code: 'forbidden', id: 'release.not_verified', message: 'Chưa kiểm chứng' });
  });

  test('is understood even when it is not JSON', async () => {
    answers.push(new Response('<h1>bad gateway</h1>', { status: 502 }));
    await expect(get('/api/x')).rejects.toMatchObject({ status: 502, message: 'HTTP 502' });
  });

  test('that brings no sentence gets one in the language of the reader', async () => {
    context.refused = (status) => `Bị từ chối (${status})`;
    answers.push(json(503, { error: { code: 'unavailable' } }));
    await expect(get('/api/x')).rejects.toMatchObject({ status: 503, code: 'unavailable', message: 'Bị từ chối (503)' });
  });

  test('of the session sends back to the door, of a log-in does not', async () => {
    const ended = { error: { code: 'unauthenticated', id: 'people.no_session', message: 'Log in.' } };
    answers.push(json(401, ended), json(401, ended), json(401, { error: { id: 'people.wrong_login' } }));
    await expect(get('/api/alerts')).rejects.toBeInstanceOf(ApiError);
    expect(context.onUnauthenticated).toHaveBeenCalledTimes(1);
    await expect(post('/api/session', {})).rejects.toBeInstanceOf(ApiError);
    expect(context.onUnauthenticated).toHaveBeenCalledTimes(1);
    await expect(post('/api/me/password', {})).rejects.toBeInstanceOf(ApiError);
    expect(context.onUnauthenticated).toHaveBeenCalledTimes(1);
  });

  test('silence of the node has its own sentence', async () => {
    context.unreachable = (method) => (method === 'GET' ? 'Nút không trả lời' : 'Không rõ đã làm chưa');
    await expect(get('/api/x')).rejects.toMatchObject({ status: 0, id: 'web.unreachable', message: 'Nút không trả lời' });
    await expect(post('/api/x')).rejects.toMatchObject({ status: 0, id: 'web.unreachable', message: 'Không rõ đã làm chưa' });
    await expect(remove('/api/x')).rejects.toMatchObject({ message: 'Không rõ đã làm chưa' });
    expect(asked).toHaveLength(3); // nothing is repeated
  });
});

describe('an upload', () => {
  class Request {
    static made: Request;
    static answer: { status: number; body: string } | undefined;
    status = 0;
    responseText = '';
    upload: { onprogress?: (event: { loaded: number }) => void } = {};
    headers: Record<string, string> = {};
    body: unknown;
    onload = (): void => {};
    onerror = (): void => {};
    onabort = (): void => {};
    constructor() {
      Request.made = this;
    }
    open(): void {}
    setRequestHeader(name: string, value: string): void {
      this.headers[name] = value;
    }
    abort(): void {
      this.onabort();
    }
    send(body: unknown): void {
      this.body = body;
      this.upload.onprogress?.({ loaded: 3 });
      if (!Request.answer) return;
      Object.assign(this, { status: Request.answer.status, responseText: Request.answer.body });
      this.onload();
    }
  }
  beforeEach(() => vi.stubGlobal('XMLHttpRequest', Request));

  test('sends a file as its bytes, with the token, and tells how far it is', async () => {
    Request.answer = { status: 200, body: '{"stored":2}' };
    const file = new Blob(['x']);
    const sent = vi.fn();
    expect(await postBytes('/api/import', file, sent)).toEqual({ stored: 2 });
    expect(Request.made.body).toBe(file);
    expect(Request.made.headers).toMatchObject({ 'Content-Type': 'application/octet-stream', 'X-CSRF-Token': 'token', 'Accept-Language': 'vi' });
    expect(sent).toHaveBeenCalledWith(3);
  });

  test('is refused in the words of the node, and leads to the door where the session has ended', async () => {
    Request.answer = { status: 413, body: '{"error":{"code":"too_large","id":"import.too_large","message":"Quá lớn"}}' };
    await expect(postBytes('/api/import', new Blob([]), () => {})).rejects.toMatchObject({ status: 413, message: 'Quá lớn' });
    Request.answer = { status: 401, body: '{"error":{"id":"people.no_session"}}' };
    await expect(postBytes('/api/import', new Blob([]), () => {})).rejects.toBeInstanceOf(ApiError);
    expect(context.onUnauthenticated).toHaveBeenCalledTimes(1);
  });

  test('can be given up, and says so where the node is silent', async () => {
    Request.answer = undefined;
    const stop = new AbortController();
    const given = postBytes('/api/import', new Blob([]), () => {}, stop.signal);
    stop.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    const lost = postBytes('/api/import', new Blob([]), () => {});
    Request.made.onerror();
    await expect(lost).rejects.toMatchObject({ status: 0, id: 'web.unreachable' });
  });
});
