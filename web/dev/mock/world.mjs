import { makeAlerts } from './alerts.mjs';
import { makeItems } from './intel.mjs';
import { hospital, makeAgreements, makeParties, neighbour, relief, us, water } from './parties.mjs';
import { makeRest } from './rest.mjs';
import { L } from './words.mjs';

/** Everything the stand-in knows. Minutes are counted from the moment it starts. */
export function createWorld({ loggedIn = false } = {}) {
  const start = Date.now();
  const at = (minutes) => new Date(start + minutes * 60_000).toISOString();
  const { names, peers } = makeParties(at);
  names.here = L('This node', 'Ce nœud', 'Nút này');
  names.water = names[water];
  names.relief = names[relief];
  const world = {
    at, names, peers, us,
    alerts: makeAlerts(names, at),
    items: makeItems(names, at, 2400),
    agreements: makeAgreements(names, at),
    ...makeRest(names, at),
    listeners: new Set(),
    streams: new Set(),
    failAll: false,
    user: undefined,
    accounts: {
      'an.tran': { name: 'an.tran', display_name: 'Trần Minh An', roles: ['administrator', 'analyst', 'duty_officer', 'signatory', 'auditor'], language: 'vi', theme: 'auto', single_keys: true, must_set_password: false, totp: false },
      duty: { name: 'duty', display_name: 'Nguyễn Thu Hà', roles: ['duty_officer'], language: 'vi', theme: 'auto', single_keys: true, must_set_password: false, totp: true },
    },
    node: {
      party_id: us, kind: 'cert', country: 'VN', version: '0.1.0', realm: 'real',
      name: { en: 'National Response Centre', fr: 'Centre national de réponse', vi: 'Trung tâm ứng cứu quốc gia' },
    },
    changes: [
      { time: at(-3), kind: 'hit', text: L('118 hits on 10.20.4.17 folded into one alert', '118 correspondances sur 10.20.4.17 réunies en une alerte', 'Gộp 118 trùng khớp trên 10.20.4.17 thành một cảnh báo'), link: '#/watch?host=10.20.4.17' },
      { time: at(-31), kind: 'sighting', text: L('Neighbour CERT saw “Kestrel C2” 3 times', 'Le CERT voisin a observé « Kestrel C2 » 3 fois', 'CERT láng giềng phát hiện “Kestrel C2” 3 lần'), link: '#/threats/item/it-2' },
      { time: at(-98), kind: 'retraction', text: L('Retraction confirmed by 2 of 2 holders', 'Retrait confirmé par 2 détenteurs sur 2', 'Thu hồi được 2 trên 2 bên giữ xác nhận'), link: '#/threats/retractions' },
      { time: at(-140), kind: 'intel', text: L('391 objects imported from delta-hospitals-w3.json', '391 objets importés de delta-hospitals-w3.json', 'Nhập 391 đối tượng từ delta-hospitals-w3.json'), link: '#/threats' },
    ],
    tell(kind, id = '') {
      for (const tell of world.listeners) tell(kind, id);
    },
    /** Something small happens, so that live updates can be watched. */
    happen() {
      const alert = world.alerts[0];
      alert.count += 1;
      alert.last_seen = new Date().toISOString();
      world.tell('alert', alert.id);
    },
  };
  if (loggedIn) world.user = world.accounts['an.tran'];
  world.told = {
    [world.alerts[0].id]: [
      { party_id: neighbour, name: names[neighbour], state: 'received', at: at(-17), deadline: at(12) },
      { party_id: hospital, name: names[hospital], state: 'acknowledged', at: at(-15), deadline: at(12) },
    ],
  };
  return world;
}
