// What a person does, step by step, against the stand-in node: by keyboard and mouse, with the node answering, refusing
// and falling silent. Addresses and texts are checked in English; interface.test.mjs looks at the other languages.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as run } from 'node:test';
import { startMock } from '../../web/dev/mock/server.mjs';
import { hospital, neighbour, regional } from '../../web/dev/mock/parties.mjs';
import { openBrowser, openPage, settle } from './browser.mjs';

let browser;
let mock;
let view;
let page;

async function open(address, { loggedIn = true, expected = [] } = {}) {
  mock = await startMock({ loggedIn });
  for (const account of Object.values(mock.world.accounts)) Object.assign(account, { language: 'en', theme: 'light' });
  view = await openPage(browser.context, mock.origin, expected);
  page = view.page;
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${mock.origin}/${address}`);
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await settle(page);
}
async function leave() {
  try {
    assert.deepEqual(await view.violations(), []);
    assert.deepEqual(view.complaints, []);
  } finally {
    await page.close();
    await mock.stop();
  }
}

// The steps are gathered first and then run one after another; TOCSIN_ONLY takes those whose name holds its text.
const steps = [];
let place = '';
function describe(name, list) {
  place = name;
  list();
}
function test(name, step) {
  steps.push({ name: `${place}: ${name}`, step });
}

const hash = () => page.evaluate(() => location.hash);
const button = (name) => page.getByRole('button', { name });
const text = (selector) => page.innerText(selector);
const sees = (what) => page.getByText(what).first().waitFor();

describe('at the door', () => {
  test('a wrong password is refused in words, the right one opens the page that was asked for', async () => {
    await open('#/parties', { loggedIn: false, expected: [/401/] });
    await page.getByLabel('User name').fill('an.tran');
    await page.getByLabel('Password').fill('guess');
    await page.keyboard.press('Enter');
    await sees('The name or the password is wrong.');
    await page.getByLabel('Password').fill('tocsin tocsin');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Neighbour CERT' }).first().waitFor();
    assert.equal(await hash(), '#/parties');
  });

  test('an account with an authenticator is asked for its code', async () => {
    await open('#/login', { loggedIn: false, expected: [/401/] });
    await page.getByLabel('User name').fill('duty');
    await page.getByLabel('Password').fill('tocsin tocsin');
    await button('Log in').click();
    await page.getByLabel('Code of your authenticator').fill('123 456');
    await page.keyboard.press('Enter');
    await sees('Ransomware at the River District Hospital');
  });

  test('a single-use link leads to choosing a password, and does not stay in the history', async () => {
    await open('#/link/first-day', { loggedIn: false, expected: [/401/] });
    await button('Open with this link').click();
    await sees('Welcome, Trần Minh An. Choose a password.');
    assert.equal(await hash(), '#/situation');
    await page.locator('input[autocomplete=new-password]').first().fill('a bell in the night');
    await page.getByLabel('New password, again').fill('a bell in the fog');
    await button('Set the password and go in').click();
    await sees('The two passwords differ.');
    await page.getByLabel('New password, again').fill('a bell in the night');
    await button('Set the password and go in').click();
    await sees('Ransomware at the River District Hospital');
  });

  test('a used link says what to do', async () => {
    await open('#/link/used', { loggedIn: false, expected: [/401/] });
    await button('Open with this link').click();
    await sees('Ask an administrator for a new one.');
  });
});

describe('the situation', () => {
  test('j and k walk the queue, the address follows, back returns', async () => {
    await open('#/situation');
    await page.keyboard.press('j');
    await settle(page);
    assert.match(await hash(), /al-3c12/);
    assert.match(await text('#chosen'), /drinking water for 62,000 people/);
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    assert.match(await hash(), /al-3c12/);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Queries for a known command server');
  });

  test('a acknowledges the chosen alert, once, and says so', async () => {
    await open('#/situation');
    const asked = [];
    page.on('request', (request) => request.method() === 'POST' && asked.push(request.url()));
    await page.locator('.acts kbd', { hasText: 'A' }).waitFor();
    await page.keyboard.press('a');
    await page.keyboard.press('a');
    await sees('Acknowledged by Trần Minh An');
    assert.equal(asked.length, 1);
    assert.equal(mock.world.alerts[0].state, 'acknowledged');
    await sees('Acknowledged: Ransomware at the River District Hospital');
    await page.waitForFunction(() => !document.querySelector('tbody').innerText.includes('Ransomware'));
    assert.match(await text('#chosen'), /Ransomware/);
  });

  test('keys are letters while someone types', async () => {
    await open('#/situation');
    await page.getByPlaceholder('Note…').fill('');
    await page.keyboard.type('a jg');
    assert.equal(mock.world.alerts[0].state, 'open');
    assert.doesNotMatch(await hash(), /share/);
  });

  const severer = () => {
    mock.world.alerts.unshift({ ...mock.world.alerts[0], id: 'al-5', severity: 5, title: 'Dam control lost' });
    mock.world.tell('alert', 'al-5');
    return page.getByRole('link', { name: 'Dam control lost' }).waitFor();
  };
  const note = () => page.getByPlaceholder('Note…');
  const acknowledged = () => mock.world.alerts.filter((one) => one.state !== 'open' && one.id !== 'al-3z00').map((one) => one.id);

  test('what lies on the table stays there when a severer alert comes, and the note goes on', async () => {
    await open('#/situation');
    await page.getByTitle('Live').waitFor();
    await note().pressSequentially('Ward: false al');
    await severer();
    await page.keyboard.type('arm, a jammed pump');
    assert.equal(await note().inputValue(), 'Ward: false alarm, a jammed pump');
    assert.match(await text('#chosen'), /Ransomware at the River District Hospital/);
    assert.deepEqual(acknowledged(), []);
    await button('Acknowledge').click();
    await sees('Acknowledged by Trần Minh An');
    assert.deepEqual(acknowledged(), ['al-4b01']);
  });

  test('a note belongs to one alert', async () => {
    await open('#/situation');
    await note().fill('Ward: false alarm');
    await page.getByRole('link', { name: 'Queries for a known command server' }).click();
    await settle(page);
    assert.equal(await note().inputValue(), '');
  });

  test('who types on when the field has gone presses no shortcuts', async () => {
    await open('#/situation');
    await page.getByTitle('Live').waitFor();
    await note().pressSequentially('Ward: ');
    Object.assign(mock.world.alerts[0], { state: 'acknowledged', acknowledged_by: 'Nguyễn Thu Hà', acknowledged_at: mock.world.at(0) });
    mock.world.tell('alert');
    await sees('Acknowledged by Nguyễn Thu Hà');
    await page.keyboard.type('jag');
    assert.match(await text('#chosen'), /Ransomware at the River District Hospital/);
    assert.doesNotMatch(await hash(), /share/);
    assert.deepEqual(acknowledged(), ['al-4b01']);
  });

  test('an alert that appears under the hand has to stand for a moment before a acknowledges it', async () => {
    await open('#/log');
    await page.getByTitle('Live').waitFor();
    const [alert] = mock.world.alerts.splice(0);
    await page.getByRole('link', { name: 'Situation' }).click();
    await sees('No alert is chosen.');
    mock.world.alerts.push(alert);
    mock.world.tell('alert', alert.id);
    await button('Acknowledge').waitFor();
    await page.keyboard.press('a');
    assert.deepEqual(acknowledged(), []);
    await page.locator('.acts kbd', { hasText: 'A' }).waitFor();
    await page.keyboard.press('a');
    await sees('Acknowledged by Trần Minh An');
  });

  test('shortcuts of a single key can be turned off', async () => {
    await open('#/account');
    await page.getByRole('group', { name: 'Shortcuts of a single key' }).getByRole('button', { name: 'Off' }).click();
    await page.waitForFunction(() => !document.querySelector('.head kbd'));
    assert.equal(mock.world.user.single_keys, false);
    await page.goto(`${mock.origin}/#/situation/al-4b01`);
    await page.reload();
    await settle(page);
    await page.keyboard.type('ag/?j');
    assert.equal(await hash(), '#/situation/al-4b01');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    assert.deepEqual(acknowledged(), []);
  });

  test('g shows who would receive it and who would not before anything is sent', async () => {
    await open('#/situation');
    await page.keyboard.press('g');
    await sees('1 party will receive');
    await sees('3 parties receive nothing');
    await sees('No agreement in force with this party.');
    await button('Send to 1 party').click();
    await sees('Signed and queued for 1 party');
    assert.doesNotMatch(await hash(), /share/);
    assert.equal(mock.world.told[mock.world.alerts[0].id][0].state, 'sent');
  });

  test('what an alert goes under is chosen where the agreements do not say it all', async () => {
    await open('#/situation');
    await page.keyboard.press('g');
    await sees('1 party will receive');
    await page.getByText('Choose agreement, label or readers').click();
    const said = (body) => (request) => request.url().endsWith('/share/preview') && JSON.stringify(request.postDataJSON()) === JSON.stringify(body);
    const asked = page.waitForRequest(said({ tlp: 'TLP:RED' }));
    await page.getByRole('combobox', { name: 'Label' }).selectOption('TLP:RED');
    await asked;
    const named = page.waitForRequest(said({ tlp: 'TLP:RED', readers: [`${neighbour}/mai`] }));
    await page.getByLabel('Somebody else of').selectOption(neighbour);
    await page.getByLabel('Account name there').fill('mai');
    await button('Add this person').click();
    await named;
    const sent = page.waitForRequest((request) => request.url().endsWith('/share') && request.postDataJSON().readers.length === 1);
    await button('Send to 1 party').click();
    await sent;
  });

  test('the countdown runs', async () => {
    await open('#/situation');
    const left = () => page.locator('tbody .left').first().innerText();
    const before = await left();
    await page.waitForFunction((old) => document.querySelector('tbody .left').innerText !== old, before);
    assert.match(await left(), /00:1[01]:\d\d/);
  });

  test('what happens at the node appears by itself', async () => {
    await open('#/situation');
    await page.getByTitle('Live').waitFor();
    mock.world.alerts.unshift({ ...mock.world.alerts[0], id: 'al-5', severity: 5, title: 'Dam control lost' });
    mock.world.tell('alert', 'al-5');
    await sees('Dam control lost');
    await page.waitForFunction(() => document.querySelectorAll('.figures b')[1].innerText === '6');
  });

  test('a stream that breaks is said, and comes back', async () => {
    await open('#/situation', { expected: [/ERR_INCOMPLETE|ERR_CONNECTION|ERR_EMPTY/, /503/] });
    await page.getByTitle('Live').waitFor();
    mock.breakStreams({ refuse: 1 });
    await sees('Not live: asking every 15 s');
    await page.getByTitle('Live').waitFor({ state: 'attached' });
  });

  test('a failure after the first answer keeps what was shown and says how old it is', async () => {
    await open('#/situation', { expected: [/503/] });
    await page.getByTitle('Live').waitFor();
    mock.world.failAll = true;
    mock.world.tell('alert');
    await sees('Not refreshed since');
    assert.match(await text('tbody'), /Ransomware/);
    mock.world.failAll = false;
    const stale = await page.locator('#page .note.care').count();
    await button('Try again').first().click();
    await page.waitForFunction((before) => document.querySelectorAll('#page .note.care').length < before, stale);
  });

  test('the language changes in place, without loading anything anew', async () => {
    await open('#/situation/al-3c12');
    await page.evaluate(() => (globalThis.stayed = true));
    await page.getByRole('button', { name: 'VI – Tiếng Việt' }).click();
    await sees('Truy vấn tới máy chủ điều khiển đã biết');
    await sees('Xác nhận đã nhận');
    assert.equal(await page.evaluate(() => globalThis.stayed), true);
    assert.equal(mock.world.user.language, 'vi');
    assert.match(await hash(), /al-3c12/);
  });
});

describe('intelligence', () => {
  test('/ searches from anywhere; filters stand in the address as chips', async () => {
    await open('#/log');
    await page.keyboard.press('/');
    await page.keyboard.type('kestrel');
    await page.keyboard.press('Enter');
    await settle(page);
    assert.match(await hash(), /q=kestrel/);
    await page.getByRole('combobox', { name: 'Type' }).selectOption('malware');
    await settle(page);
    assert.match(await hash(), /type=malware/);
    await sees('1 object');
    await page.getByRole('button', { name: 'Remove filter malware' }).click();
    assert.doesNotMatch(await hash(), /type/);
    await page.goBack();
    assert.match(await hash(), /type=malware/);
  });

  test('a list that nobody touches asks once', async () => {
    await open('#/log');
    const asked = [];
    page.on('request', (request) => request.url().includes('/api/intel') && asked.push(request.url()));
    await page.getByRole('link', { name: 'Threats' }).click();
    await settle(page);
    await page.waitForTimeout(800);
    assert.equal(asked.length, 1);
  });

  test('2,400 rows scroll with few of them in the page, and all can be reached', async () => {
    await open('#/threats');
    const rows = () => page.locator('tbody tr[data-at]').count();
    for (let step = 0; step < 150; step += 1) {
      await page.evaluate(() => {
        const card = document.querySelector('.card.scroll');
        card.scrollTop = card.scrollHeight;
      });
      await page.waitForTimeout(60);
      if (await page.locator('tr[data-at="2399"]').count()) break;
    }
    assert.equal(await page.locator('tr[data-at="2399"]').count(), 1);
    assert.ok((await rows()) < 80, `${await rows()} rows`);
    await page.evaluate(() => (document.querySelector('.card.scroll').scrollTop = 0));
    await page.locator('tr[data-at="0"]').waitFor();
  });

  test('j then Enter opens an object, Escape returns', async () => {
    await open('#/threats');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await settle(page);
    assert.equal(await hash(), '#/threats/item/it-1');
    await sees('From Neighbour CERT at first hand');
    await sees('Too common to mean anything: not followed.');
    await page.keyboard.press('Escape');
    await settle(page);
    assert.equal(await hash(), '#/threats');
  });

  test('an import shows its findings and asks for TLP before anything is stored', async () => {
    await open('#/threats/import');
    const asked = [];
    page.on('request', (request) => request.url().includes('/api/import?') && asked.push(new URL(request.url()).searchParams));
    await page.locator('input[type=file]').setInputFiles({ name: 'week3.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
    await sees('Nothing is stored yet.');
    await sees('The id is no STIX id.');
    await sees('Stored, but sensors do not watch for it');
    await sees('“127.0.0.1” is stored but not matched');
    assert.equal(await page.getByLabel('TLP', { exact: false }).first().inputValue(), 'TLP:AMBER');
    await page.getByLabel('TLP', { exact: false }).first().selectOption('TLP:AMBER+STRICT');
    assert.deepEqual(asked.map((one) => one.get('dry_run')), ['1']);
    await button('Store 403 objects').click();
    await sees('403 objects stored');
    assert.equal(asked[1].get('tlp'), 'TLP:AMBER+STRICT');
    assert.equal(asked[1].get('dry_run'), null);
  });

  test('publishing says per party what goes, what stays and why', async () => {
    await open('#/threats/publish?item=it-5');
    await sees('398 objects go');
    await sees('the agreement permits up to TLP:AMBER.');
    await sees('The party is in quarantine.');
    await button('Send to 2 parties').click();
    await sees('Signed and queued for 2 parties');
  });

  test('a large file shows how far it is on its way', async () => {
    await open('#/threats/import');
    let release;
    mock.world.hold = new Promise((done) => (release = done));
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-large-'));
    try {
      writeFileSync(join(folder, 'large.json'), Buffer.alloc(40_000_000, ' '));
      await page.locator('input[type=file]').setInputFiles(join(folder, 'large.json'));
      await sees(/ of 40 MB sent/);
    } finally {
      release();
      rmSync(folder, { recursive: true });
    }
    await sees('Nothing is stored yet.');
  });

  test('TLP:RED names its readers before it can go anywhere', async () => {
    await open('#/threats/publish?item=it-5');
    assert.equal(await page.getByRole('group', { name: 'Who may read it' }).count(), 0);
    await page.getByRole('combobox', { name: /^Label/ }).selectOption('TLP:RED');
    await sees('nobody of this party is named in it.');
    assert.equal(await button('Nobody may receive this').isDisabled(), true);
    const readers = page.getByRole('group', { name: 'Who may read it' });
    const asked = (names) =>
      page.waitForRequest((request) => {
        const body = request.url().endsWith('/api/publish/preview') && JSON.parse(request.postData());
        return body && JSON.stringify(body.readers ?? []) === JSON.stringify(names);
      });
    await Promise.all([
      asked([`${neighbour}/somchai`]),
      readers.getByRole('group', { name: 'Neighbour CERT' }).getByLabel('Somchai Srisuk').check(),
    ]);
    await sees('TLP:RED: only for somchai');
    await readers.getByLabel('Somebody else of').selectOption('River District Hospital');
    await readers.getByLabel('Account name there').fill('Not an account');
    await button('Add this person').click();
    assert.match(await readers.getByLabel('Account name there').evaluate((field) => field.validationMessage), /^2 to 64/);
    await readers.getByLabel('Account name there').fill('ward.duty');
    await Promise.all([asked([`${neighbour}/somchai`, `${hospital}/ward.duty`]), page.keyboard.press('Enter')]);
    await sees('TLP:RED: only for ward.duty');
    assert.match(await hash(), /readers=/);
    await Promise.all([
      asked([`${neighbour}/somchai`]),
      readers.getByRole('group', { name: 'River District Hospital' }).getByLabel('ward.duty').click(),
    ]);
    await button('Send to 1 party').click();
    await sees('Signed and queued for 1 party');
  });

  test('a retraction is said twice', async () => {
    await open('#/threats/item/it-5');
    await page.getByRole('link', { name: 'Retract…' }).click();
    await page.getByLabel('superseded', { exact: false }).check();
    await button('Continue: confirm once more').click();
    await sees('You are about to retract “Scanner”, because: superseded.');
    await sees('2 parties to which it was sent will be told');
    assert.equal(await button('Retract “Scanner” everywhere').isDisabled(), true);
    await page.getByLabel('I mean it').check();
    await button('Retract “Scanner” everywhere').click();
    await sees('Confirmed by 0 of 2 holders');
    await sees('Confirmed by 2 of 2 holders');
    assert.equal(mock.world.retractions[0].reason, 'superseded');
  });

  test('whether something has reached a party, and why not, is asked where it stands', async () => {
    await open('#/threats/item/it-7');
    const choose = () => page.getByLabel('Has it reached a party?').selectOption({ label: 'River District Hospital' });
    await choose();
    await sees('It waits for River District Hospital, and goes by itself once nothing keeps it.');
    await sees('It is marked TLP:RED, and the agreement goes up to TLP:AMBER only.');
    await page.goto(`${mock.origin}/#/situation/al-4b01`);
    await sees('Who was told');
    await choose();
    await sees('It waits for River District Hospital');
  });

  test('a statement is saved as evidence', async () => {
    await open('#/threats/statements');
    const row = page.getByRole('row').filter({ hasText: 'sighting' });
    const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('button', { name: 'Evidence' }).click()]);
    assert.match(download.suggestedFilename(), /^sighting-[0-9a-f]{16}\.evidence$/);
    await sees(`Saved as ${download.suggestedFilename()}.`);
  });
});

describe('parties', () => {
  test('new keys go out to be signed and come back signed', async () => {
    await open('#/parties/ourselves');
    await page.getByLabel('Statements').check();
    await page.getByLabel('They were stolen').check();
    await page.getByLabel('Last entry of our log that was ours').fill('1204');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save what is to be signed' }).click()]);
    assert.equal(download.suggestedFilename(), 'tocsin-to-sign-5.json');
    assert.deepEqual(mock.world.keysAsked, [{ use: 'statement', last_good: 1204 }]);
    const file = (content) => ({ name: 'signed.json', mimeType: 'application/json', buffer: Buffer.from(content) });
    await page.locator('input[type=file]').setInputFiles(file('{"payload":"{}"}'));
    await sees('This is no signed description.');
    await page.locator('input[type=file]').setInputFiles(file('{"payload":"{}","jws":"a..b"}'));
    await sees('Announced. Peers hear of it with the next delivery.');
    assert.deepEqual(mock.world.announced, { payload: '{}', jws: 'a..b' });
  });

  const number = '31415 92653 58979 32384 62643 38327 95028 84197 16939 93751 05820 97494';

  test('the number is typed, compared by the node, and a wrong one is refused', async () => {
    await open(`#/parties/peer/${regional}`, { expected: [/409/] });
    assert.doesNotMatch(await text('#page'), /31415/);
    assert.equal(await button('Compare the numbers').isDisabled(), true);
    await page.getByLabel('Group 1 of 12').focus();
    for (const group of number.replace('97494', '97495').split(' ')) await page.keyboard.type(group);
    await button('Compare the numbers').click();
    await sees('The number differs from ours.');
    await page.getByLabel('Group 12 of 12').fill('97494');
    await page.getByLabel('in person').check();
    await button('Compare the numbers').click();
    await sees('Regional Centre is verified');
    await sees('Verified by an.tran, in person.');
  });

  test('quarantine needs a reason, is said twice, and lists what was already sent', async () => {
    await open(`#/parties/peer/${neighbour}?tab=quarantine`);
    assert.equal(await button('Put into quarantine').isDisabled(), true);
    await page.getByLabel('Reason').fill('Their key was seen elsewhere');
    await button('Put into quarantine').click();
    await button('Yes, stop all content with Neighbour CERT now').click();
    await sees(`Already sent to them: ${mock.world.ledger.filter((row) => row.direction === 'out').length} statements`);
    assert.equal(mock.world.peers[1].state, 'quarantined');
  });

  test('an agreement is approved with name, password and the code of the authenticator', async () => {
    await open('#/parties/agreements/agr-19c4', { expected: [/401/] });
    await page.getByLabel('Signatory').selectOption('linh.pham');
    await page.getByLabel('Password').fill('x');
    await button('Approve and sign').click();
    await page.getByLabel('Code of your authenticator').fill('123 456');
    await button('Approve and sign').click();
    await sees('Signed by all: the agreement is in force');
  });

  test('what is signed is what was shown, else it is read again', async () => {
    await open('#/parties/agreements/agr-19c4', { expected: [/409/, /401/] });
    await page.getByLabel('Signatory').selectOption('linh.pham');
    await page.getByLabel('Password').fill('x');
    const agreement = mock.world.agreements.find((one) => one.id === 'agr-19c4');
    agreement.document_digest = 'f'.repeat(64);
    await button('Approve and sign').click();
    await sees('The document that was shown is not what stands there now. Read it again, then sign.');
    assert.equal(agreement.state, 'waiting');
    await sees('f'.repeat(64));
    await page.getByLabel('Password').fill('x');
    await button('Approve and sign').click();
    await page.getByLabel('Code of your authenticator').fill('123 456');
    await button('Approve and sign').click();
    await sees('Signed by all: the agreement is in force');
  });

  test('the next version of an agreement is proposed on its page, and stands there to be signed', async () => {
    await open('#/parties/agreements/agr-0b77');
    await button('Propose the next version').click();
    await sees('Proposed. The signatories of every party sign it now.');
    const agreement = mock.world.agreements.find((one) => one.id === 'agr-0b77');
    assert.equal(agreement.state, 'proposed');
    await sees(`version ${agreement.version}`);
    await sees('Approve and sign');
    assert.equal(await button('Propose the next version').count(), 0);
  });

  test('a party withdraws after it was said twice, with the password and the code of a signatory', async () => {
    await open('#/parties/agreements/agr-0b77', { expected: [/401/] });
    await button('Withdraw from this agreement').click();
    await page.getByLabel('Signatory').selectOption('linh.pham');
    await page.getByLabel('Password').fill('x');
    await button('Yes, withdraw our party now').click();
    await page.getByLabel('Code of your authenticator').fill('123 456');
    const agreement = mock.world.agreements.find((one) => one.id === 'agr-0b77');
    assert.equal(agreement.state, 'in_force');
    await button('Yes, withdraw our party now').click();
    await sees('Our party has withdrawn. The other parties are told.');
    assert.equal(agreement.state, 'withdrawn');
    await sees('withdrew');
  });

  test('who left an agreement, and who is no peer of ours, is said where it is read', async () => {
    await open('#/parties/agreements');
    const agreement = mock.world.agreements.find((one) => one.id === 'agr-7f31');
    agreement.parties[1].left_at = mock.world.at(-60);
    agreement.unpeered = [agreement.parties[2].party_id];
    await page.getByRole('link', { name: 'Regional health' }).click();
    await sees('withdrew');
    await sees(`(${agreement.parties[2].party_id}) is not a verified peer of this node`);
    await page.keyboard.press('Escape');
    await sees('withdrew');
    await sees('not a verified peer');
  });

  test('a proposal is sent to those chosen', async () => {
    await open('#/parties/agreements/new');
    await page.getByLabel('Neighbour CERT').check();
    await page.getByLabel('Title, English').fill('Floods');
    await button('Propose to 1 party').click();
    await sees('Proposed. It takes effect when every party has signed.');
    assert.deepEqual(mock.world.agreements.at(-1).title.en, 'Floods');
  });

  test('an invitation is accepted from a file and leads to verification', async () => {
    await open('#/parties/invite');
    await page.locator('input[type=file]').setInputFiles({ name: 'r.invitation', mimeType: 'application/json', buffer: Buffer.from('{}') });
    await button('Accept this invitation').click();
    await sees('Verify Regional Centre');
  });

  test('our invitation is saved without another request', async () => {
    await open('#/parties/invite');
    const [download] = await Promise.all([page.waitForEvent('download'), button('Save our invitation').click()]);
    assert.equal(download.suggestedFilename(), 'national-response-centre.invitation');
  });
});

describe('what others wrote', () => {
  test('a name that turns text around is shown straight, and turned signs are seen in the raw text', async () => {
    await open('#/threats');
    mock.world.items[0].name = 'invoice\u202efdp.exe';
    await page.reload();
    await page.getByRole('link', { name: 'invoicefdp.exe', exact: true }).click();
    await page.getByRole('heading', { name: 'invoicefdp.exe', exact: true }).waitFor();
    await page.getByText('The object as it was received').click();
    await sees('invoice\\u202efdp.exe');
  });
});

describe('the rest', () => {
  test('/ finds parties and hosts beside intelligence', async () => {
    await open('#/situation');
    await page.keyboard.press('/');
    await page.keyboard.type('pumping');
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'Parties and hosts found' }).getByRole('link', { name: 'Pumping station 4' }).click();
    assert.equal(await hash(), '#/watch?host=10.44.0.9');
  });

  test('an authenticator is set up from a picture, Enter confirms its code', async () => {
    await open('#/account');
    const ofCodes = page.locator('section', { hasText: 'Codes at log-in' });
    await ofCodes.getByLabel('Current password').fill('tocsin tocsin');
    await button('Set up an authenticator').click();
    const picture = page.getByRole('img', { name: 'QR code for the authenticator' });
    await picture.waitFor();
    const modules = (await picture.locator('path').getAttribute('d')).split('M').length - 1;
    assert.ok(modules > 400, `${modules} dark modules`);
    await page.getByLabel('Code of your authenticator').fill('123 456');
    await page.keyboard.press('Enter');
    await sees('From now on log-in asks for a code');
    assert.equal(mock.world.user.totp, true);
    await ofCodes.getByLabel('Current password').fill('tocsin tocsin');
    await ofCodes.getByLabel('Code of your authenticator').fill('654 321');
    await button('Stop asking for codes').click();
    await sees('Codes are no longer asked for');
    assert.equal(mock.world.user.totp, false);
  });

  test('whoever disables an account is told which keys of programs end with it', async () => {
    await open('#/account/users');
    const row = page.getByRole('row').filter({ hasText: 'Nguyễn Thu Hà' });
    await row.getByRole('button', { name: 'Disable' }).click();
    await row.getByRole('button', { name: 'these API keys end: zeek-core' }).click();
    await sees('Disabled: Nguyễn Thu Hà');
    assert.deepEqual(mock.world.keys.map((key) => key.name), ['dashboard']);
  });

  test('a field that is not right says so in the language of the page', async () => {
    await open('#/account');
    await page.getByRole('group', { name: 'Language' }).getByRole('button', { name: 'Français', exact: true }).click();
    const field = page.getByLabel(/^Nouveau mot de passe/).first();
    await page.getByLabel('Mot de passe actuel').first().fill('x');
    await field.fill('court');
    await page.keyboard.press('Enter');
    assert.equal(await field.evaluate((input) => input.validationMessage), 'Au moins 12 caractères.');
    await field.fill('une cloche dans la nuit');
    assert.equal(await field.evaluate((input) => input.validationMessage), '');
  });

  test('the audit trail speaks of parties by name and of actions in words', async () => {
    await open('#/log/audit');
    const row = page.getByRole('row').filter({ hasText: 'Verified a party' }).first();
    await row.waitFor();
    assert.match(await row.innerText(), /Neighbour CERT/);
    assert.doesNotMatch(await text('main'), /peer_verify|alert_acknowledge|user_link/);
  });

  test('after a restore nothing is sent until someone stops waiting for the silent ones, said twice', async () => {
    await open('#/account/operation');
    await sees('answered, 12 statements returned');
    await button('Stop waiting for the silent ones').click();
    await button('Yes, send again without their answers').click();
    await sees('no longer waited for');
    assert.equal(mock.world.recovery.waiting, false);
  });

  test('the log is verified on demand', async () => {
    await open('#/log');
    await button('Verify now').click();
    await sees('The log verifies');
    await sees('2 entries are erased, with a record why');
  });

  test('a host is marked and unmarked, the latter said twice', async () => {
    await open('#/watch/hosts');
    await page.getByText('Mark a critical host…').click();
    await page.getByLabel('Address or name').fill('10.9.0.0/16');
    await page.getByLabel('What it is').fill('Dialysis');
    await page.getByLabel('Essential service').fill('Dialysis');
    await button('Mark as critical').click();
    await sees('10.9.0.0/16');
    await page.getByRole('row', { name: /10\.9\.0\.0/ }).getByRole('button', { name: 'Unmark' }).click();
    await button('Yes, raise no more alerts for it').click();
    await page.getByText('10.9.0.0/16').waitFor({ state: 'detached' });
  });

  test('a new user gets a link that is shown once', async () => {
    await open('#/account/users');
    await page.getByText('New user…').click();
    await page.getByLabel('User name').fill('minh');
    await page.getByLabel('Full name').fill('Minh');
    await page.getByRole('group', { name: 'Roles' }).getByLabel('observer').check();
    await button('Create the user and show the link').click();
    await sees('Single-use link for Minh');
  });

  test('an observer is shown only what an observer may do', async () => {
    await open('#/situation');
    mock.world.user.roles = ['observer'];
    await page.reload();
    await settle(page);
    assert.equal(await button('Acknowledge').count(), 0);
    const places = await page.getByRole('navigation', { name: 'Places' }).innerText();
    assert.doesNotMatch(places, /Log|Threats|Watch|Parties/);
    await page.keyboard.press('a');
    assert.equal(mock.world.alerts[0].state, 'open');
  });

  test('a session that ended leads to the door and back', async () => {
    await open('#/parties', { expected: [/401/] });
    mock.world.user = undefined;
    await page.getByRole('link', { name: 'Agreements' }).first().click();
    await page.getByLabel('User name').fill('an.tran');
    await page.getByLabel('Password').fill('tocsin tocsin');
    await page.keyboard.press('Enter');
    await sees('Regional health');
    assert.equal(await hash(), '#/parties/agreements');
  });

  test('a history that is shown in part says of how much', async () => {
    await open('#/situation/al-3c12');
    assert.doesNotMatch(await text('#chosen'), /The newest/);
    mock.world.alerts.find((one) => one.id === 'al-3c12').left_out = 1234;
    await page.reload();
    await settle(page);
    assert.match(await text('#chosen'), /The newest \d of 1,23\d/);
  });

  test('an import that was repeated since is not offered for publication', async () => {
    await open('#/threats/import');
    const rows = page.locator('section', { hasText: 'Earlier imports' }).locator('tr', { hasText: 'delta-hospitals-w3.json' });
    await rows.filter({ hasText: 'Imported again since' }).waitFor();
    assert.equal(await rows.filter({ hasText: 'Imported again since' }).getByRole('link').count(), 0);
    assert.equal(await rows.filter({ hasNotText: 'Imported again since' }).getByRole('link', { name: 'Publish' }).count(), 1);
  });

  test('? lists the keys, Escape closes the list', async () => {
    await open('#/situation');
    await page.keyboard.press('?');
    await sees('Acknowledge the chosen alert');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'hidden' });
  });

  test('Tab reaches the page by the skip link first', async () => {
    await open('#/situation');
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Go to the page');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'page');
  });
});

run('a person', async (t) => {
  browser = await openBrowser({ locale: 'en-GB' });
  try {
    for (const { name, step } of steps.filter((one) => one.name.includes(process.env.TOCSIN_ONLY ?? ''))) {
      await t.test(name, async () => {
        try {
          await step();
        } finally {
          await leave();
        }
      });
    }
  } finally {
    await browser.close();
  }
});
