// A stand-in for a node, for work on the interface and for its browser tests. It keeps everything in memory, believes
// whatever it is told, and is no part of the product.
//
//   npm run build && node dev/mock.mjs [port]
import { startMock } from './mock/server.mjs';

const mock = await startMock({ port: Number(process.argv[2] ?? 4310), events: true });
console.log(`${mock.origin}  (users: an.tran / duty, password "tocsin tocsin"; link: ${mock.origin}/#/link/first-day)`);
