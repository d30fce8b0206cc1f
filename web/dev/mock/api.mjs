import { alertDetail, sharePreview } from './alerts.mjs';
import { importResult, itemDetail, publishPreview } from './intel.mjs';
import { neighbour, us } from './parties.mjs';
import { permitted } from './permissions.mjs';
import { inLanguage, L } from './words.mjs';

const kNumber = '31415 92653 58979 32384 62643 38327 95028 84197 16939 93751 05820 97494';
const kNone = Symbol('204');

class Refusal extends Error {
  constructor(status, code, id, message) {
    super(id);
    Object.assign(this, { status, code, id, words: message });
  }
}
const refuse = (...args) => {
  throw new Refusal(...args);
};

function page(items, query, extra = {}) {
  const from = Number(query.get('cursor') ?? 0);
  const limit = Math.min(500, Number(query.get('limit') ?? 50));
  const next = from + limit < items.length ? String(from + limit) : null;
  return { items: items.slice(from, from + limit), next, total: items.length, ...extra };
}

const plain = (value, tag) => JSON.stringify(inLanguage(value, tag)).toLowerCase();

// [method, pattern, answer]; {x} in a pattern is one segment.
export const routes = [
  ['GET', '/api/session', (w) => (w.user ? { user: withPermissions(w.user), csrf: 'mock', ...facts(w) } : refuse(401, 'unauthenticated', 'people.no_session', L('Please log in.', 'Veuillez vous connecter.', 'Hãy đăng nhập.')))],
  ['POST', '/api/session', logIn],
  ['POST', '/api/session/link', (w, { body }) => {
    if (body.token !== 'first-day') refuse(401, 'unauthenticated', 'people.bad_link', L('This link was used already or has expired. Ask an administrator for a new one.', 'Ce lien a déjà servi ou a expiré. Demandez-en un nouveau à un administrateur.', 'Đường dẫn này đã được dùng hoặc đã hết hạn. Hãy xin quản trị viên đường dẫn mới.'));
    w.user = { ...w.accounts['an.tran'], must_set_password: true };
    return { user: withPermissions(w.user) };
  }],
  ['DELETE', '/api/session', (w) => ((w.user = undefined), kNone)],
  ['POST', '/api/me/password', (w) => ((w.user = { ...w.user, must_set_password: false }), kNone)],
  ['POST', '/api/me/preferences', (w, { body }) => (Object.assign(w.user, body), kNone)],
  ['POST', '/api/me/totp', (w, { body }) => (provePassword(body), { secret_base32: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/tocsin:an.tran?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=tocsin' })],
  ['POST', '/api/me/totp/confirm', (w) => ((w.user = { ...w.user, totp: true }), kNone)],
  ['DELETE', '/api/me/totp', (w, { body }) => (provePassword(body), proveCode(body), (w.user = { ...w.user, totp: false }), kNone)],
  ['GET', '/api/situation', (w) => ({
    figures: {
      unacknowledged: w.alerts.filter((a) => a.state === 'open').length,
      due_within_hour: w.alerts.filter((a) => a.state === 'open' && Date.parse(a.deadline) - Date.now() < 3_600_000).length,
      peers_late: w.peers.filter((p) => p.late).length, hits_24h: 41,
    },
    peers: w.peers.map(({ agreements: _, signatories: __, ...peer }) => peer), changes: w.changes,
  })],
  ['GET', '/api/alerts', (w, { query }) => page(w.alerts.filter((a) => query.get('state') === 'all' || a.state === 'open'), query)],
  ['GET', '/api/alerts/{id}', (w, { id }) => alertDetail(find(w.alerts, 'id', id), w.told[id], w.names)],
  ['POST', '/api/alerts/{id}/ack', (w, { id }) => {
    const alert = find(w.alerts, 'id', id);
    Object.assign(alert, { state: 'acknowledged', acknowledged_by: w.user.display_name, acknowledged_at: new Date().toISOString() });
    w.tell('alert', id);
    return alert;
  }],
  ['POST', '/api/alerts/{id}/share/preview', (w) => sharePreview(w.names)],
  ['POST', '/api/alerts/{id}/share', (w, { id }) => {
    w.told[id] = [{ party_id: neighbour, name: w.names[neighbour], state: 'sent' }];
    return { statements: [{ digest: 'aa', agreement: 'agr-7f31', objects: 1, kind: 'alert' }], recipients: sharePreview(w.names).recipients };
  }],
  ['GET', '/api/intel', (w, { query, tag }) => {
    const [q, type, source, tlp] = ['q', 'type', 'source', 'tlp'].map((key) => query.get(key));
    return page(w.items.filter((item) => (!type || item.type === type) && (!tlp || item.tlp === tlp) &&
      (!source || item.voucher.party_id === source) && (!q || plain(item, tag).includes(q.toLowerCase()))), query);
  }],
  ['GET', '/api/intel/{item}', (w, { item }) => itemDetail(find(w.items, 'item', item), w.items, w.names, w.at)],
  ['POST', '/api/import', (w, { query }) => importResult(query.get('dry_run') === '1')],
  ['GET', '/api/imports', (w, { query }) => page(w.imports, query)],
  ['POST', '/api/publish/preview', (w, { body }) => publishPreview(w.names, body)],
  ['POST', '/api/publish', (w, { body }) => ({ statements: [{ digest: 'ab', agreement: 'agr-7f31', objects: 398, kind: 'intel' }], recipients: publishPreview(w.names, body).recipients })],
  ['GET', '/api/statements', (w, { query }) => page(w.statements.filter((s) => (!query.get('direction') || s.direction === query.get('direction')) && (!query.get('kind') || s.kind === query.get('kind'))), query)],
  ['GET', '/api/statements/{digest}/evidence', (w, { digest }) => {
    const { kind, author, retracted, recipients } = find(w.statements, 'digest', digest);
    const content = '-----BEGIN TOCSIN STATEMENT-----\nRAAA\n-----END TOCSIN STATEMENT-----\n';
    return { file_name: `${kind}-${digest.slice(0, 16)}.evidence`, content, digest, author, retracted, receipts: recipients.filter((one) => one.state === 'received').map(({ party_id, name }) => ({ party_id, name })) };
  }],
  ['POST', '/api/retract', (w, { body }) => {
    const made = { ...w.retractions[0], digest: `new${w.retractions.length}`, reason: body.reason, note: body.note, time: new Date().toISOString(), confirmed: 0 };
    made.holders_list = made.holders_list.map((holder) => ({ ...holder, state: 'pending', at: undefined }));
    w.retractions.unshift(made);
    return made;
  }],
  ['GET', '/api/retractions', (w, { query }) => page(w.retractions, query)],
  ['GET', '/api/hits', (w, { query }) => page(w.hits.filter((h) => !query.get('host') || h.host === query.get('host')), query)],
  ['GET', '/api/hosts', (w) => ({ items: w.hosts })],
  ['POST', '/api/hosts', (w, { body }) => {
    const host = { ...body, population: body.population_served ?? null, severity_floor: 3, marked_by: w.user.name, marked_at: new Date().toISOString() };
    w.hosts.push(host);
    return { ...host, alerts: [] };
  }],
  ['DELETE', '/api/hosts', (w, { query }) => ((w.hosts = w.hosts.filter((one) => one.host !== query.get('host'))), kNone)],
  ['GET', '/api/sensors', (w) => ({ items: w.sensors })],
  ['GET', '/api/party/next', (w) => nextDescriptor(w)],
  ['POST', '/api/party/next', (w, { body }) => ((w.keysAsked = body.keys), nextDescriptor(w))],
  ['POST', '/api/party/descriptor', (w, { body }) => ((w.announced = body), { version: 5, expires: w.at(1_000_000) })],
  ['GET', '/api/party', (w) => ({ ...withoutRealm(w.node), sectors: ['GOV', 'DIG'], endpoints: [], version: 4, issued: w.at(-90_000), expires: w.at(400_000), keys: [{ use: 'statement', key: 'q1w2e3', since: w.at(-90_000) }], retired: [{ use: 'statement', key: 'p0o9i8', epoch: '1-4e1a', last: 101_100 }], earlier_roots: [], log: { epoch: '1-4e1a', size: 1240 }, signatories: [{ name: 'an.tran', display_name: 'Trần Minh An' }, { name: 'linh.pham', display_name: 'Phạm Gia Linh' }] })],
  ['GET', '/api/invitation', () => ({ file_name: 'national-response-centre.invitation', content: 'eyJ0b2NzaW4iOiJpbnZpdGF0aW9uIn0=', digest: '9ac1e3f405162738495a6b7c85a0c3f9e7d41b28866ee10a97b5c2d3f4e8a9b0', fingerprint: 'k7d2 m4xq zv3f 5r6t', endpoint: 'https://cert.example:7443' })],
  ['GET', '/api/peers', (w) => ({ items: w.peers })],
  ['POST', '/api/peers', (w) => w.peers[3]],
  ['GET', '/api/peers/{party}', peerDetail],
  ['POST', '/api/peers/{party}/verify', (w, { party, body }) => {
    if (body.number.replace(/\s/g, '') !== kNumber.replace(/\s/g, '')) refuse(409, 'conflict', 'peers.wrong_number', L('The number differs from ours. Read it again; if it still differs, somebody stands between you and this party.', 'Le nombre diffère du nôtre. Relisez-le ; s’il diffère encore, quelqu’un s’est glissé entre vous et cette partie.', 'Con số khác với số của chúng ta. Hãy đọc lại; nếu vẫn khác, có kẻ đứng giữa bạn và bên này.'));
    Object.assign(find(w.peers, 'party_id', party), { state: 'verified', assurance: body.method });
    return peerDetail(w, { party });
  }],
  ['POST', '/api/peers/{party}/quarantine', (w, { party, body }) => {
    find(w.peers, 'party_id', party).state = body.on ? 'quarantined' : 'verified';
    return peerDetail(w, { party });
  }],
  ['POST', '/api/peers/{party}/address', (w, { party }) => peerDetail(w, { party })],
  ['GET', '/api/peers/{party}/ledger', (w, { query }) => page(w.ledger, query)],
  ['GET', '/api/reach', (w, { query }) => reach(w, query.get('party'))],
  ['GET', '/api/usual_terms', (w) => ({
    level: 'bilateral', tlp: 'TLP:AMBER', pap: 'PAP:AMBER', onward: 'none', purposes: [], categories: ['intel', 'alert', 'sighting'], automatic: [], redactions: [], retention_days: 365,
    ack: { 5: 'PT900S', 4: 'PT1800S', 3: 'PT3600S', 2: 'PT14400S', 1: 'PT86400S', 0: 'PT259200S' }, from: w.at(0), until: w.at(60 * 24 * 365),
  })],
  ['GET', '/api/agreements', (w) => ({ items: w.agreements.map(({ summary: _, ...agreement }) => agreement) })],
  ['POST', '/api/agreements', (w, { body }) => {
    if (body.id) {
      const next = find(w.agreements, 'id', body.id);
      next.version += 1;
      next.state = 'proposed';
      for (const party of next.parties) Object.assign(party, { signed: false, approvals: 0 });
      return next;
    }
    const made = { ...w.agreements[1], ...body, title: new (L('', '', '').constructor)(body.title.en, body.title.fr, body.title.vi), id: `agr-${w.agreements.length}`, state: 'proposed', parties: [us, ...body.parties].map((id) => ({ party_id: id, name: w.names[id], signed: false, approvals: 0, needed: 2, left_at: null })) };
    w.agreements.push(made);
    return made;
  }],
  ['GET', '/api/agreements/{id}', (w, { id }) => agreementDetail(w, find(w.agreements, 'id', id))],
  ['POST', '/api/agreements/{id}/sign', (w, { id, body }) => {
    const agreement = find(w.agreements, 'id', id);
    if (body.document !== agreement.document_digest) refuse(409, 'conflict', 'agreement.other_version_shown', L('The document that was shown is not what stands there now. Read it again, then sign.', 'Le document affiché n’est pas celui qui figure ici à présent. Relisez-le, puis signez.', 'Văn bản đã hiển thị không phải là văn bản hiện có. Hãy đọc lại rồi ký.'));
    askForCode(w, body);
    Object.assign(agreement.parties[0], { approvals: 2, signed: true });
    agreement.state = 'in_force';
    return agreement;
  }],
  ['POST', '/api/agreements/{id}/withdraw', (w, { id, body }) => {
    const agreement = find(w.agreements, 'id', id);
    askForCode(w, body);
    agreement.parties[0].left_at = w.at(0);
    agreement.state = 'withdrawn';
    return agreementDetail(w, agreement);
  }],
  ['GET', '/api/log', (w, { query }) => page(w.entries, query, { epoch: '1-4e1a', size: 1240, root: 'e7d41b28866ee10a97b5c2d3f4e8a9b05a0c3f9ec1d2e3f405162738495a6b7c8', checkpoint: `${us}/1-4e1a\n1240\n59QbKIZu4QqXtcLT9Oiyl6Wg8=\n\n— ${us}/1-4e1a 8sH0…`, peers: w.checkpointPeers })],
  ['POST', '/api/log/verify', (w) => ({ leaves: 1240, present: 1227, erased: [{ index: 1234, reason: L('retention', 'durée de conservation', 'hết thời hạn lưu giữ') }, { index: 1137, reason: L('retraction', 'retrait', 'thu hồi') }], unexplained: [], root_matches: true, peers: w.checkpointPeers.map((peer) => ({ ...peer, detail: '' })), ok: true, took_ms: 41 })],
  ['GET', '/api/audit', (w, { query }) => page(w.audit, query)],
  ['GET', '/api/users', (w) => ({ items: w.users.map((user) => ({ ...user, keys: keysOf(w, user.name) })) })],
  ['POST', '/api/users', (w, { body }) => (w.users.push({ ...body, disabled: false, totp: false }), { ...body, link: 'https://cert.example:8443/#/link/n3wf0lk' })],
  ['POST', '/api/users/{name}/link', () => ({ link: 'https://cert.example:8443/#/link/s3cond' })],
  ['POST', '/api/users/{name}/enable', (w, { name }) => ((find(w.users, 'name', name).disabled = false), { link: 'https://cert.example:8443/#/link/b4ck' })],
  ['POST', '/api/users/{name}/disable', (w, { name, body }) => (mayEndKeys(w, name, body), (find(w.users, 'name', name).disabled = true), kNone)],
  ['POST', '/api/users/{name}/roles', (w, { name, body }) => Object.assign(find(w.users, 'name', name), body)],
  ['GET', '/api/keys', (w) => ({ items: w.keys })],
  ['POST', '/api/keys', (w, { body }) => (w.keys.push({ id: `k${w.keys.length + 1}`, created_by: w.user.name, ...body, expires: w.at(60 * 24 * body.days), last_used: null }), { id: 'k9', key: 'tk_6f0e2b7d9c554c1e4f7a9a31' })],
  ['DELETE', '/api/keys/{id}', (w, { id }) => ((w.keys = w.keys.filter((key) => key.id !== id)), kNone)],
  ['POST', '/api/backup', () => Buffer.from('sealed')],
  ['GET', '/api/recovery', (w) => w.recovery],
  ['POST', '/api/recovery/proceed', (w) => {
    for (const peer of w.recovery.peers) if (!peer.answered) Object.assign(peer, { waived: new Date().toISOString(), waived_by: w.user.name });
    w.recovery.waiting = false;
    return w.recovery;
  }],
  ['GET', '/api/health', () => ({ status: 'degraded', checks: [{ name: 'disk', ok: true, message: L('Free where the data folder lies: 81.2 GiB of 117.0 GiB.', 'Espace libre là où se trouve le dossier de données : 81,2 Gio sur 117,0 Gio.', 'Dung lượng trống nơi chứa thư mục dữ liệu: 81,2 GiB trên 117,0 GiB.') }, { name: 'descriptor', ok: true, message: L('Valid for 200 days', 'Valable 200 jours', 'Còn hiệu lực 200 ngày') }, { name: 'peers', ok: false, message: L('1 peer is late', '1 homologue en retard', '1 nút đối tác chậm') }] })],
];

const withoutRealm = ({ realm: _, ...node }) => node;
const nextDescriptor = (w) => ({ payload: '{}', version: 5, expires: w.at(1_000_000), added: [], removed: [], given_up: 0 });
const withPermissions = (user) => ({ ...user, may: permitted(user.roles) });

const facts = (w) => ({ node: w.node, languages: [{ tag: 'vi', own_name: 'Tiếng Việt' }, { tag: 'fr', own_name: 'Français' }, { tag: 'en', own_name: 'English' }], now: new Date().toISOString() });

function find(items, key, value) {
  return items.find((item) => item[key] === value) ?? refuse(404, 'not_found', 'api.not_found', L('There is no such thing here, or you may not see it.', 'Cela n’existe pas ici, ou vous ne pouvez pas le voir.', 'Không có mục này, hoặc bạn không được xem.'));
}

function logIn(w, { body }) {
  const user = w.accounts[body.name];
  provePassword(user ? body : {});
  if (user.totp) proveCode({ code: body.totp });
  w.user = user;
  return { user: withPermissions(user) };
}

function provePassword(body) {
  if (body.password !== 'tocsin tocsin') refuse(401, 'unauthenticated', 'people.wrong_login', L('The name or the password is wrong.', 'Le nom ou le mot de passe est erroné.', 'Sai tên hoặc mật khẩu.'));
}

function proveCode(body) {
  if (!body.code) refuse(401, 'unauthenticated', 'people.totp_needed', L('Give the code of your authenticator.', 'Donnez le code de votre application.', 'Hãy nhập mã xác thực.'));
}

const keysOf = (w, name) => w.keys.filter((key) => key.created_by === name).map((key) => key.name);

function mayEndKeys(w, name, body) {
  const keys = keysOf(w, name).join(', ');
  if (keys && !body.end_keys) refuse(409, 'conflict', 'people.keys_would_end', L(`These API keys end with the account: ${keys}.`, `Ces clés d’API prennent fin avec le compte : ${keys}.`, `Các khóa API này hết hiệu lực cùng tài khoản: ${keys}.`));
  w.keys = w.keys.filter((key) => key.created_by !== name);
}

function reach(w, party) {
  const { name, state } = find(w.peers, 'party_id', party);
  const agreement = w.agreements.find((one) => one.parties.some((other) => other.party_id === party));
  const of = { agreement: agreement?.id ?? null, title: agreement?.title ?? null };
  if (state === 'verified' && agreement)
    return {
      party: { party_id: party, name }, reached: 'waiting',
      says: L(`It waits for ${name.en}, and goes by itself once nothing keeps it.`, `L’envoi à ${name.fr} attend et partira de lui-même dès que plus rien ne le retient.`, `Nội dung đang chờ gửi tới ${name.vi} và sẽ tự đi khi không còn gì giữ lại.`),
      ways: [
        { earlier: false, state: 'waiting', statement: w.ledger[0].digest, ...of, at: null, reason: { id: 'delivery.no_receipt', message: L('Statements have waited for this peer for more than a minute without a receipt.', 'Des déclarations attendent cet homologue depuis plus d’une minute, sans accusé de réception.', 'Có thông điệp đã chờ nút đối tác này hơn một phút mà chưa có biên nhận.') } },
        { earlier: false, state: 'withheld', statement: w.ledger[1].digest, ...of, at: w.at(-90), reason: { id: 'release.above_tlp_ceiling', message: L('It is marked TLP:RED, and the agreement goes up to TLP:AMBER only.', 'Il est marqué TLP:RED, et l’accord va jusqu’à TLP:AMBER seulement.', 'Nội dung mang nhãn TLP:RED, còn thỏa thuận chỉ cho phép tới TLP:AMBER.') } },
        { earlier: false, state: 'may_go', statement: null, ...of, at: null, reason: null },
      ],
    };
  return {
    party: { party_id: party, name }, reached: 'not_there',
    says: L(`It is not with ${name.en}, as far as this node knows, and does not go there by itself.`, `Autant que ce nœud le sache, ${name.fr} ne l’a pas, et cela n’y partira pas tout seul.`, `Theo những gì nút này biết, ${name.vi} không có nội dung này, và nó không tự đi tới đó.`),
    ways: [{ earlier: false, state: 'may_not_go', statement: null, agreement: null, title: null, at: null, reason: { id: 'release.no_agreement', message: L('There is no agreement in force with this party.', 'Il n’y a pas d’accord en vigueur avec cette partie.', 'Không có thỏa thuận nào đang có hiệu lực với bên này.') } }],
  };
}

function alreadySent(w) {
  const sent = w.ledger.filter((row) => row.direction === 'out');
  return { already_sent: sent.map(({ digest, kind, time }) => ({ digest, kind, time })), already_sent_total: sent.length };
}

function peerDetail(w, { party }) {
  const { signatories: _, ...peer } = find(w.peers, 'party_id', party);
  return {
    ...peer, evidence: [], verification_number: kNumber,
    verification: peer.state === 'invited' ? null : { by: 'an.tran', method: 'in_person', at: w.at(-90_000) },
    descriptor: { party_id: party, kind: peer.kind, country: peer.country, version: 2 },
    agreements: w.agreements.filter((a) => a.parties.some((p) => p.party_id === party)).map(({ id, version, title, state }) => ({ id, version, title, state })),
    checkpoint: peer.state === 'invited' ? { size: 0, time: null, state: '' } : { size: 311, time: w.at(-9), state: 'consistent' },
    ...(peer.state === 'quarantined' ? alreadySent(w) : {}),
  };
}

function askForCode(w, { person, code }) {
  if (w.users.find((user) => user.name === person)?.totp && !code) refuse(401, 'unauthenticated', 'people.totp_needed', L('Enter the six digits that your authenticator shows.', 'Saisissez les six chiffres que montre votre application d’authentification.', 'Hãy nhập sáu chữ số mà ứng dụng xác thực đang hiện.'));
}

function agreementDetail(w, agreement) {
  const signed = agreement.parties.filter((party) => party.signed);
  return {
    ...agreement,
    approvals: agreement.parties.filter((p) => p.approvals).map((p) => ({ party_id: p.party_id, name: p.name, ...(p.party_id === us ? { person: 'Phạm Gia Linh', account: 'linh.pham' } : { person: 'Somchai P.', account: 'somchai' }), at: w.at(-4000) })),
    signatures: signed.map((p) => ({ party_id: p.party_id, name: p.name, at: w.at(-3900), statement: 'b41f0d7c2e8a95f3' })),
    document: { id: agreement.id, version: agreement.version, tlp: agreement.tlp, onward: agreement.onward },
  };
}

export async function handle(w, request, response, url) {
  const tag = /^(en|fr|vi)/.exec(request.headers['accept-language'] ?? '')?.[1] ?? 'en';
  await w.hold; // a test may let a request wait on its way
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const send = (status, value) => {
    if (value === kNone) return response.writeHead(204).end();
    if (Buffer.isBuffer(value)) return response.writeHead(status, { 'Content-Type': 'application/octet-stream' }).end(value);
    response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(inLanguage(value, tag)));
  };
  try {
    const isOpen = url.pathname.startsWith('/api/session');
    if (!w.user && !isOpen) refuse(401, 'unauthenticated', 'people.no_session', L('Please log in.', 'Veuillez vous connecter.', 'Hãy đăng nhập.'));
    if (request.method !== 'GET' && w.user && !isOpen && request.headers['x-csrf-token'] !== 'mock') refuse(403, 'forbidden', 'api.csrf', L('Token missing.', 'Jeton absent.', 'Thiếu mã.'));
    if (w.failAll) {
      refuse(503, 'unavailable', 'api.busy', L('The node is busy. Try again in a moment.', 'Le nœud est occupé. Réessayez dans un instant.', 'Nút đang bận. Hãy thử lại sau giây lát.'));
    }
    const parts = url.pathname.split('/').map(decodeURIComponent);
    for (const [method, pattern, answer] of routes) {
      const wanted = pattern.split('/');
      if (method !== request.method || wanted.length !== parts.length) continue;
      const given = { query: url.searchParams, tag };
      if (!wanted.every((part, at) => (part.startsWith('{') ? ((given[part.slice(1, -1)] = parts[at]), true) : part === parts[at]))) continue;
      if (request.headers['content-type'] === 'application/json') given.body = JSON.parse(bytes.toString() || '{}');
      return send(200, answer(w, given));
    }
    refuse(404, 'not_found', 'api.no_such_path', L('No such path.', 'Ce chemin n’existe pas.', 'Không có đường dẫn này.'));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const body = { error: { code: error.code, id: error.id, message: error.words, args: [] } };
    send(error.status, url.pathname === '/api/session' && error.status === 401 ? { ...body, ...facts(w) } : body);
  }
}
