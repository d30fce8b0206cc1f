// The interface on real nodes, and the stand-in held against one: it may know less than a node, but nothing else.
//
//   TOCSIN_BINARY=...    the program (build/release/tocsin); without it these tests are skipped
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { routes } from '../../web/dev/mock/api.mjs';
import { startMock } from '../../web/dev/mock/server.mjs';
import { openBrowser, openPage, settle } from './browser.mjs';
import { differences, shapeOf } from './shape.mjs';
import { binary, enter, playStory } from './story.mjs';

const kEverything = ['administrator', 'analyst', 'duty_officer', 'auditor'];

test('on real nodes', { skip: existsSync(binary) ? false : `${binary} is not there` }, async (t) => {
  const story = await playStory();
  try {
    const browser = await openBrowser({ ignoreHTTPSErrors: true, locale: 'en-GB' });
    try {
      const views = {};
      for (const key of ['cert', 'neighbour', 'hospital']) {
        views[key] = await openPage(browser.context, story[key].origin, [/401/]);
        await enter(views[key].page, story[key], story[key].person('chief', `Chief of the ${key}`, kEverything));
      }
      await t.test('what the stand-in answers has the shape of what nodes answer', (inner) => everyShape(inner, Object.values(views)));
      await t.test('an alert is acknowledged at one node, and seen at the other without a reload', () => acknowledge(story, views));
      await t.test('an observer is offered nothing that the node would refuse', () => observe(story));
      await t.test('when the node is away the page says so, and recovers', () => away(views.cert));
      for (const view of Object.values(views)) assert.deepEqual(await view.violations(), []);
    } finally {
      await browser.close();
    }
  } finally {
    await story.stop();
  }
});

// What a page of the interface would ask, at the node and at the stand-in.
const chosen = {
  '/api/alerts': '/api/alerts?state=all',
  '/api/alerts/{id}': (get) => get('/api/alerts?state=all').then((page) => page.items.map((alert) => `/api/alerts/${alert.id}`)),
  '/api/intel/{item}': (get) => get('/api/intel?limit=500').then((page) => page.items.filter((item) => item.sightings || item.related || item.type === 'indicator').slice(0, 12).map((item) => `/api/intel/${item.item}`)),
  '/api/statements/{digest}/evidence': (get) => get('/api/statements?kind=intel').then((page) => page.items.map((one) => `/api/statements/${one.digest}/evidence`)),
  '/api/peers/{party}': (get) => get('/api/peers').then((page) => page.items.map((peer) => `/api/peers/${peer.party_id}`)),
  '/api/peers/{party}/ledger': (get) => get('/api/peers').then((page) => page.items.map((peer) => `/api/peers/${peer.party_id}/ledger?limit=100`)),
  '/api/agreements/{id}': (get) => get('/api/agreements').then((page) => page.items.map((one) => `/api/agreements/${one.id}`)),
};
const kFree = ['descriptor', 'document'];
// Only there while something is the case: a peer is late, in quarantine.
const kRare = ['items[].repeated_by', 'late_reason', 'items[].late_reason', 'peers[].late_reason', 'already_sent', 'already_sent_total'];

async function everyShape(t, views) {
  const mock = await startMock({ loggedIn: true });
  const headers = { 'Accept-Language': 'en' };
  const atNode = (view) => (path) => view.page.evaluate(async ([from, more]) => (await fetch(from, { headers: more })).json(), [path, headers]);
  const atMock = async (path) => (await fetch(mock.origin + path, { headers })).json();
  const addShape = async (shape, get, pattern) => {
    const wanted = typeof chosen[pattern] === 'function' ? await chosen[pattern](get) : [chosen[pattern] ?? pattern];
    for (const path of wanted) shapeOf(await get(path), '', shape);
  };
  try {
    for (const [method, pattern] of routes) {
      if (method !== 'GET') continue;
      await t.test(pattern, async () => {
        const [node, standIn] = [new Map(), new Map()];
        for (const view of views) await addShape(node, atNode(view), pattern);
        await addShape(standIn, atMock, pattern);
        assert.deepEqual(differences(node, standIn, { free: kFree, rare: kRare }), []);
      });
    }
  } finally {
    await mock.stop();
  }
}

async function acknowledge({ hospital, folder }, { cert: { page }, hospital: { page: ward } }) {
  hospital.ask('host', 'mark', '10.20.7.31', '--name', 'Dialysis controllers', '--service', 'Dialysis', '--sector', 'HEA', '--workaround', 'manual', '--as', 'analyst');
  const logs = join(folder, 'material/hospital-logs');
  hospital.ask('watch', ...readdirSync(logs).map((name) => join(logs, name)), '--state', join(folder, 'second-sensor'),
    '--node', hospital.origin, '--key-file', join(folder, 'hospital-border.key'), '--ca', join(hospital.folder, 'keys/authority.crt'));
  const title = /Dialysis controllers/;
  await ward.getByRole('link', { name: title }).first().click();
  await page.getByRole('link', { name: title }).first().click();
  await page.getByLabel('Note with the acknowledgement').fill('Calling you.');
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText(/Acknowledged by Chief of the cert/).waitFor();
  await ward.getByRole('listitem').filter({ hasText: 'National Response Centre' }).getByText('acknowledged', { exact: true }).waitFor();
}

async function observe({ neighbour }) {
  const browser = await openBrowser({ ignoreHTTPSErrors: true, locale: 'en-GB' });
  const { page, complaints } = await openPage(browser.context, neighbour.origin, [/401/]);
  await enter(page, neighbour, neighbour.person('looker', 'Noy', ['observer']));
  await settle(page);
  assert.equal(await page.getByRole('navigation', { name: 'Places' }).getByRole('link').count(), 2, 'the situation and the own account');
  await page.evaluate(() => (location.hash = '#/account'));
  await settle(page);
  await browser.close();
  assert.deepEqual(complaints, [], 'the page asked for something that was refused');
}

async function away({ page }) {
  await page.evaluate(() => (location.hash = '#/log'));
  await page.getByRole('link', { name: 'Entries' }).waitFor();
  await page.context().setOffline(true);
  await page.evaluate(() => (location.hash = '#/log/entries'));
  await page.getByText('The node does not answer.').first().waitFor();
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('table', { name: 'Entries' }).getByText('agreement').first().waitFor();
}
