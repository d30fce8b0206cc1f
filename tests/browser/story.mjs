// Real nodes for the browser: tools/story.py plays the main job, then its three nodes wait.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kRoot = fileURLToPath(new URL('../../', import.meta.url));
export const binary = process.env.TOCSIN_BINARY ?? join(kRoot, 'build/release/tocsin');

export async function playStory() {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-story-'));
  const story = spawn('python3', [join(kRoot, 'tools/story.py'), '--binary', binary, '--folder', folder, '--lines', '4000', '--exit-after', '3600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((done) => story.once('exit', done));
  const stop = async () => {
    story.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  let told = '';
  story.stdout.on('data', (chunk) => (told += chunk));
  await Promise.race([
    ended.then(() => Promise.reject(new Error(`the story ended early:\n${told}`))),
    new Promise((done) => story.stdout.on('data', () => told.includes('The certificate of each node') && done())),
  ]);
  const origins = [...told.matchAll(/^ {2}\S.*?(https:\/\/127\.0\.0\.1:\d+)\/$/gm)].map(([, origin]) => origin);
  const [cert, neighbour, hospital] = ['cert', 'neighbour', 'hospital'].map((key, at) => new Node(join(folder, key), origins[at]));
  return { cert, neighbour, hospital, folder, stop };
}

class Node {
  constructor(folder, origin) {
    Object.assign(this, { folder, origin });
  }
  /** A command of an administrator at the machine; its answer. */
  ask(...words) {
    const out = execFileSync(binary, [...words, '--data', this.folder, '--json'], { encoding: 'utf8' });
    return out ? JSON.parse(out) : undefined;
  }
  /** The path of a new single-use link for a new person. */
  person(name, fullName, roles, language = 'en') {
    const { link } = this.ask('user', 'add', name, '--display-name', fullName, '--language', language, ...roles.flatMap((role) => ['--role', role]));
    return new URL(link).hash;
  }
}

/** Opens a link, sets a password and waits for the frame. */
export async function enter(page, node, hash, password = 'a bell in the night') {
  await page.goto(`${node.origin}/${hash}`);
  await page.locator('.btn.main').click();
  const fields = page.locator('input[autocomplete=new-password]');
  await fields.first().fill(password);
  await fields.last().fill(password);
  await page.keyboard.press('Enter');
  await page.locator('.rail').waitFor();
}
