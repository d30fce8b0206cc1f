// Every page, in three languages, light and dark, wide and narrow, against the stand-in node: no complaint of the
// browser, no breach of the strict policy, no request elsewhere, nothing wider than the screen, nothing that axe minds.
//
//   cd web && npm run build && npm run test:browser
//   TOCSIN_SCREENSHOTS=folder ...                keeps a picture of each
//   TOCSIN_ONLY=fr-dark-400                      one combination
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMock } from '../../web/dev/mock/server.mjs';
import { axe, openBrowser, openPage, picture, settle } from './browser.mjs';
import { pages } from './pages.mjs';

const heights = { 1280: 800, 400: 860 };
const combinations = ['vi', 'fr', 'en']
  .flatMap((language) => ['light', 'dark'].map((theme) => ({ language, theme })))
  .flatMap((one) => [1280, 400].map((width) => ({ ...one, width, name: `${one.language}-${one.theme}-${width}` })))
  .filter((one) => !process.env.TOCSIN_ONLY || process.env.TOCSIN_ONLY.split(',').includes(one.name));

// Rules about names, roles and structure hold in every language; contrast and size hang on theme and width. So axe sees
// each of those once, in changing languages.
const seenByAxe = new Set(['vi-light-1280', 'fr-dark-1280', 'en-light-400', 'vi-dark-400']);
const minds = async (page, name) => (seenByAxe.has(name) ? axe(page) : []);

// Setting up and clearing away stand beside each other, so that a test that fails still clears away.
test('the interface', async (t) => {
  const browser = await openBrowser();
  try {
    for (const one of combinations) {
      await t.test(one.name, (inner) => everyPage(inner, browser, one));
      await t.test(`the door, ${one.name}`, () => theDoor(browser, one));
    }
  } finally {
    await browser.close();
  }
});

async function everyPage(t, browser, { language, theme, width, name }) {
  const mock = await startMock({ loggedIn: true });
  Object.assign(mock.world.user, { language, theme });
  const { page, complaints, violations } = await openPage(browser.context, mock.origin);
  try {
    await page.setViewportSize({ width, height: heights[width] });
    await page.goto(`${mock.origin}/#/situation`);
    for (const [id, address] of Object.entries(pages)) {
      await t.test(id, async () => {
        complaints.length = 0;
        await page.evaluate((to) => (location.hash = to), address);
        await settle(page);
        await picture(page, `${id}-${name}`);
        assert.equal(await page.getAttribute('html', 'lang'), language);
        assert.equal(await page.getAttribute('html', 'data-theme'), theme);
        const seen = await page.evaluate(() => document.body.innerText);
        assert.doesNotMatch(seen, /undefined|NaN|Invalid Date|\{\w+\}|\[object/, 'text that was never filled in');
        assert.equal(await page.evaluate(isTooWide), false, 'the page is wider than the screen');
        assert.deepEqual(await minds(page, name), []);
        assert.deepEqual(await violations(), []);
        assert.deepEqual(complaints, []);
      });
    }
  } finally {
    await page.close();
    await mock.stop();
  }
}

function isTooWide() {
  const main = document.querySelector('main');
  return document.documentElement.scrollWidth > innerWidth || main.scrollWidth > main.clientWidth;
}

async function theDoor(browser, { language, theme, width, name }) {
  const mock = await startMock();
  const { page, complaints, violations } = await openPage(browser.context, mock.origin, [/401/]);
  try {
    await page.setViewportSize({ width, height: heights[width] });
    await page.addInitScript(
      ([tag, look]) => {
        if (location.protocol === 'about:') return;
        localStorage.setItem('tocsin.language', tag);
        localStorage.setItem('tocsin.theme', look);
      },
      [language, theme],
    );
    for (const [id, address] of Object.entries({ login: '#/login', link: '#/link/first-day' })) {
      await page.goto('about:blank');
      await page.goto(`${mock.origin}/${address}`);
      await settle(page);
      await picture(page, `${id}-${name}`);
      assert.match(await page.innerText('main'), new RegExp(mock.world.node.name[language]));
      assert.deepEqual(await minds(page, name), []);
      assert.deepEqual(await violations(), []);
    }
    assert.deepEqual(complaints, []);
  } finally {
    await page.close();
    await mock.stop();
  }
}
