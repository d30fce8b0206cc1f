import { hospital, neighbour, us, water } from './parties.mjs';
import { L, says } from './words.mjs';

const digest = (n) => (n.toString(16).padStart(4, '0') + '7c2e8a95f36c10de47a8b2935fe0c4d1769a3b85e2f7c6d0419e8ab253ff').slice(0, 64);

export function makeRest(names, at) {
  const hit = (id, sensor, value, kind, host, critical, count, more = {}) => ({
    id, sensor, value, kind, seen: value, field: 'query', log: 'dns', file: `/var/log/zeek/current/${more?.log ?? 'dns'}.log`, line: 41_207, host, critical, count, first: at(-52), last: at(-3),
    items: [{ item: 'it-1', name: 'Kestrel', voucher: names[neighbour] }], alert: critical ? 'al-4b01' : null, ...more,
  });
  const hits = [
    hit('h1', 'zeek-core', 'update-cdn.kestrel.example', 'domain-name', '10.20.4.17', true, 118),
    hit('h2', 'zeek-core', '203.0.113.77', 'ipv4-addr', '10.20.4.18', true, 41, { field: 'id.resp_h', log: 'conn' }),
    hit('h3', 'suricata-dmz', '198.51.100.23', 'ipv4-addr', '10.8.0.12', false, 2140, { field: 'src_ip', log: 'alert', file: '/var/log/suricata/eve.json', line: 880_214, last: at(-14) }),
    hit('h4', 'zeek-core', 'img-204.sable.example', 'domain-name', '10.31.7.201', false, 3, { last: at(-77) }),
    hit('h5', 'zeek-branch', '9f2c41d0b7e8356aa1c4d2f09e7b86531c0dfa9284e6b715d3f0a8c9264e1b7d', 'sha-256', '10.52.0.40', false, 1, { field: 'sha256', log: 'files', last: at(-300) }),
  ];
  const hosts = [
    { host: '10.20.4.0/24', name: L('Medical records', 'Dossiers médicaux', 'Hồ sơ bệnh án'), service: L('Emergency care', 'Urgences', 'Cấp cứu'), sector: 'HEA', protected_code: 'MED-U', population: 310_000, severity_floor: 4, marked_by: 'an.tran', marked_at: at(-9000) },
    { host: '10.44.0.9', name: L('Pumping station 4', 'Station de pompage 4', 'Trạm bơm số 4'), service: L('Drinking water', 'Eau potable', 'Nước sạch'), sector: 'WAT', protected_code: 'SUR', population: 62_000, severity_floor: 3, marked_by: 'an.tran', marked_at: at(-8000) },
    { host: 'signal-03.rail.example', name: L('Signalling', 'Signalisation', 'Tín hiệu đường sắt'), service: L('Trains', 'Trains', 'Tàu hỏa'), sector: 'TRA-R', protected_code: '', population: 18_000, severity_floor: 2, marked_by: 'an.tran', marked_at: at(-800) },
  ];
  const sensors = [
    { name: 'zeek-core', last_seen: at(-0.3), set_id: '41c09be2', set_current: true, lines: 48_210_033, bytes: 9_310_224_118, hits: 162 },
    { name: 'suricata-dmz', last_seen: at(-1), set_id: '41c09be2', set_current: true, lines: 3_920_114, bytes: 2_014_551_003, hits: 2140 },
    { name: 'zeek-branch', last_seen: at(-63), set_id: '3f00a177', set_current: false, lines: 812_009, bytes: 160_022_841, hits: 1 },
  ];
  const statement = (n, kind, direction, author, objects, more = {}) => ({
    digest: digest(n), id: `0199-${n}`, kind, author: { party_id: author, name: names[author] }, time: at(-n * 7), received: direction === 'in' ? at(-n * 7 + 0.1) : undefined,
    agreement: 'agr-7f31', tlp: 'TLP:AMBER', realm: 'real', direction, objects, retracted: false,
    recipients: direction === 'out' ? [hospital, neighbour].map((id) => ({ party_id: id, name: names[id], state: 'received', received_at: at(-n * 7 + 0.2) })) : [], ...more,
  });
  const statements = [
    statement(2, 'alert', 'in', hospital, 1),
    statement(5, 'intel', 'out', us, 398),
    statement(9, 'sighting', 'in', neighbour, 1, { tlp: 'TLP:GREEN' }),
    statement(14, 'retract', 'out', us, 1, { tlp: 'TLP:GREEN' }),
    statement(30, 'intel', 'out', us, 1, { tlp: 'TLP:GREEN', retracted: true }),
    statement(44, 'ack', 'in', neighbour, 0),
    statement(60, 'agreement', 'out', us, 0, { agreement: null }),
  ];
  const retractions = [
    { digest: digest(14), target: digest(30), objects: [{ id: 'indicator--8e2ad91c-4c1e-4f7a-9a31-6f0e2b7d9c55', item: 'it-7', type: 'indicator', name: L('Address of a university, listed by mistake', 'Adresse d’une université, listée par erreur', 'Địa chỉ một trường đại học, liệt kê nhầm'), value: '192.0.2.44' }], reason: 'wrong', note: L('The address belongs to a university library.', 'L’adresse appartient à une bibliothèque universitaire.', 'Địa chỉ này thuộc thư viện một trường đại học.'), time: at(-98), author: { party_id: us, name: names[us] }, confirmed: 2, holders: 2, overdue: 0,
      holders_list: [hospital, neighbour].map((id, n) => ({ party_id: id, name: names[id], state: 'confirmed', at: at(-97 + n), onward_confirmed: n ? 3 : 0, onward_holders: n ? 3 : 0 })) },
    { digest: digest(71), target: digest(72), objects: [], reason: 'superseded', note: '', time: at(-600), author: { party_id: us, name: names[us] }, confirmed: 1, holders: 2, overdue: 1,
      holders_list: [{ party_id: hospital, name: names[hospital], state: 'confirmed', at: at(-598), onward_confirmed: 0, onward_holders: 0 }, { party_id: water, name: names[water], state: 'overdue', onward_confirmed: 0, onward_holders: 0 }] },
  ];
  const ledger = Array.from({ length: 160 }, (_, n) => ({
    time: at(-n * 23 - 2), direction: n % 3 ? 'out' : 'in', digest: digest(900 + n), kind: ['alert', 'intel', 'sighting', 'ack', 'retract'][n % 5], position: 160 - n,
    state: n % 3 === 0 ? 'received' : n === 1 ? 'sent' : n === 7 ? 'refused' : 'receipted', size: 900 + ((n * 7919) % 60_000), receipted_at: n % 3 && n !== 1 && n !== 7 ? at(-n * 23 - 1.8) : null,
    reason: n === 7 ? says('delivery.too_large', 'Refused by the peer: larger than its limit of 1 MB.', 'Refusé par l’homologue : au-delà de sa limite de 1 Mo.', 'Nút đối tác từ chối: vượt giới hạn 1 MB.') : null,
  }));
  const entries = Array.from({ length: 1240 }, (_, n) => ({
    index: 1239 - n, digest: digest(1239 - n), kind: ['intel', 'alert', 'ack', 'sighting', 'agreement', 'retract'][n % 6], time: at(-n * 11 - 1), state: n % 97 === 5 ? 'erased' : 'present',
  }));
  const audit = Array.from({ length: 90 }, (_, n) => ({
    time: at(-n * 37 - 1), who: ['an.tran', 'duty', 'linh.pham'][n % 3], via: ['session', 'session', 'console', 'key zeek-core'][n % 4],
    action: ['alert_acknowledge', 'import', 'publish', 'peer_verify', 'user_link', 'host_mark'][n % 6], target: ['al-3z00', 'imp-41', '2 statements', neighbour, 'duty', '10.44.0.9'][n % 6], outcome: n % 17 === 4 ? 'people.not_permitted' : 'ok',
  }));
  const checkpointPeers = [
    { party_id: hospital, name: names[hospital], epoch: '1-9c2f', size: 311, time: at(-9), state: 'consistent' },
    { party_id: neighbour, name: names[neighbour], epoch: '2-07aa', size: 5120, time: at(-12), state: 'consistent' },
    { party_id: water, name: names[water], epoch: '1-b3d1', size: 88, time: at(-200), state: 'unverified' },
  ];
  const users = [
    { name: 'an.tran', display_name: 'Trần Minh An', roles: ['administrator', 'analyst', 'duty_officer', 'signatory'], language: 'vi', disabled: false, totp: true, has_password: true, founding: false, created: at(-90_000) },
    { name: 'duty', display_name: 'Nguyễn Thu Hà', roles: ['duty_officer'], language: 'vi', disabled: false, totp: false, has_password: true, founding: false, created: at(-90_000) },
    { name: 'linh.pham', display_name: 'Phạm Gia Linh', roles: ['signatory', 'legal_adviser'], language: 'fr', disabled: false, totp: true, has_password: true, founding: false, created: at(-90_000) },
    { name: 'old.account', display_name: 'Lê Văn Cũ', roles: ['analyst'], language: 'vi', disabled: true, totp: false, has_password: true, founding: false, created: at(-90_000) },
  ];
  const keys = [
    { id: 'k1', name: 'zeek-core', scope: 'sensor', created_by: 'duty', created: at(-9000), expires: at(60 * 24 * 80), last_used: at(-0.3) },
    { id: 'k2', name: 'dashboard', scope: 'read', created_by: 'an.tran', created: at(-900), expires: at(60 * 24 * 8), last_used: null },
  ];
  const imports = [
    { import_id: 41, name: 'delta-hospitals-w3.json', format: 'stix', time: at(-140), by: 'an.tran', stored: 391, updated: 0, unchanged: 0, refused: 2, state: 'done' },
    { import_id: 40, name: 'intel.dat', format: 'zeek-intel', time: at(-1600), by: 'an.tran', stored: 9120, updated: 0, unchanged: 0, refused: 0, state: 'interrupted' },
    { import_id: 39, name: 'delta-hospitals-w3.json', format: 'stix', time: at(-2900), by: 'an.tran', stored: 0, updated: 0, unchanged: 391, refused: 2, state: 'done', repeated_by: 41 },
  ];
  const recovery = {
    waiting: true,
    peers: [
      { party_id: hospital, name: names[hospital], asked: at(-50), answered: at(-49), returned: 12, waived: null, waived_by: '' },
      { party_id: water, name: names[water], asked: at(-50), answered: null, returned: 0, waived: null, waived_by: '' },
    ],
  };
  return { recovery, hits, hosts, sensors, statements, retractions, ledger, entries, audit, checkpointPeers, users, keys, imports };
}
