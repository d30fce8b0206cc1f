import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handle } from './api.mjs';
import { createWorld } from './world.mjs';

const kDist = fileURLToPath(new URL('../../dist/', import.meta.url));
const kTypes = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

// The policy that the node sends.
export const kPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

export async function startMock({ port = 0, events = false, loggedIn = false } = {}) {
  const world = createWorld({ loggedIn });
  const server = createServer(async (request, response) => {
    response.setHeader('Content-Security-Policy', kPolicy);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    const url = new URL(request.url, 'http://mock');
    if (url.pathname === '/api/events') return stream(world, request, response);
    if (url.pathname.startsWith('/api/')) return handle(world, request, response, url);
    return file(url.pathname, response);
  });
  await new Promise((ready) => server.listen(port, '127.0.0.1', ready));
  const timer = events ? setInterval(() => world.happen(), 12_000) : undefined;
  return {
    world,
    /** Cuts every open event stream, as a proxy or a restart would. */
    /** Ends every stream; of those who come back the first `refuse` are turned away. */
    breakStreams: ({ refuse = 0 } = {}) => {
      world.refuseStreams = refuse;
      for (const response of world.streams) response.destroy();
    },
    origin: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      clearInterval(timer);
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

function stream(world, request, response) {
  if (!world.user) {
    response.writeHead(401).end();
    return;
  }
  if (world.refuseStreams > 0) {
    world.refuseStreams -= 1;
    response.writeHead(503).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(': hello\n\n');
  const tell = (kind) => response.write(`event: ${kind}\ndata: {}\n\n`);
  world.listeners.add(tell);
  world.streams.add(response);
  request.on('close', () => {
    world.listeners.delete(tell);
    world.streams.delete(response);
  });
}

function file(path, response) {
  const name = normalize(join(kDist, path === '/' ? 'index.html' : path));
  if (!name.startsWith(kDist) || !existsSync(name) || !statSync(name).isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': kTypes[extname(name)] ?? 'application/octet-stream' });
  createReadStream(name).pipe(response);
}
