// A real browser for the tests: Debian's Chromium, a fresh profile each time, and an ear on everything it complains of.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const web = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = web('playwright-core');
const axeSource = readFileSync(web.resolve('axe-core/axe.min.js'), 'utf8');

const kArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(options = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'tocsin-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.TOCSIN_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: kArguments,
    timezoneId: 'Asia/Ho_Chi_Minh',
    ...options,
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** A page and the list of what went wrong on it. Answers of the node that a test provokes are named in `expected`. */
export async function openPage(context, origin, expected = []) {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints = [];
  const note = (text) => {
    if (!expected.some((pattern) => pattern.test(text))) complaints.push(text);
  };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) note(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => note(`exception: ${error.stack}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(data|blob|about):/.test(url)) note(`request to another host: ${url}`);
  });
  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return {
    page,
    complaints,
    violations: () => page.evaluate(() => globalThis.violations),
  };
}

/** Waits until the view has everything it asked for. */
export async function settle(page) {
  await page.waitForFunction(() => document.querySelector('main') && !document.querySelector('.late-words'));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** What axe finds, one line per rule. The script comes by the debugger, so the page's own policy stays in force. */
export async function axe(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).slice(0, 4).join(' | ')}`);
  });
}

/** A picture, when TOCSIN_SCREENSHOTS names a folder. */
export async function picture(page, name) {
  const folder = process.env.TOCSIN_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
