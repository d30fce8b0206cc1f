import { hospital, neighbour, us } from './parties.mjs';
import { L, says } from './words.mjs';

// A seeded generator, so that every picture of a page is the same picture.
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

const words = ['kestrel', 'harrow', 'sable', 'lumen', 'quartz', 'marsh', 'ember', 'tarn', 'willow', 'onyx', 'delta', 'cinder'];
const hex = (pick, n) => Array.from({ length: n }, () => '0123456789abcdef'[pick(16)]).join('');

export function makeItems(names, at, count) {
  const own = { party_id: us, name: names[us], own: true };
  const theirs = { party_id: neighbour, name: names[neighbour], own: false };
  const theirsToo = { party_id: hospital, name: names[hospital], own: false };
  const item = (id, type, name, value, kind, more) => ({
    item: id, id: `${type}--${hex(random(id.length * 7919 + Number(id.slice(3))), 8)}-4c1e-4f7a-9a31-6f0e2b7d9c55`, type, name, value, kind,
    voucher: theirs, tlp: 'TLP:AMBER', pap: 'PAP:AMBER', onward: 'within_agreement', realm: 'real',
    modified: at(-5800), received: at(-140), valid_until: at(60 * 24 * 60), revoked: false,
    retracted: null, matching: type === 'indicator', sightings: 0, related: 0, ...more,
  });
  const items = [
    item('it-1', 'indicator', L('Command server of the Kestrel loader', 'Serveur de commande du chargeur Kestrel', 'Máy chủ điều khiển của bộ nạp Kestrel'), 'update-cdn.kestrel.example', 'domain-name', { sightings: 121, related: 4 }),
    item('it-2', 'indicator', 'Kestrel C2', '203.0.113.77', 'ipv4-addr', { sightings: 118, related: 6 }),
    item('it-3', 'malware', 'Kestrel loader', undefined, undefined, { related: 12, matching: false }),
    item('it-4', 'threat-actor', 'HARROW', undefined, undefined, { tlp: 'TLP:AMBER+STRICT', related: 9, matching: false, onward: 'none' }),
    item('it-5', 'indicator', L('Scanner', 'Balayeur', 'Máy quét'), '198.51.100.23', 'ipv4-addr', { voucher: own, tlp: 'TLP:GREEN', sightings: 2140, related: 1, onward: 'free' }),
    item('it-6', 'indicator', L('Dropper, first stage', 'Injecteur, premier étage', 'Bộ thả mã độc, giai đoạn một'), '9f2c41d0b7e8356aa1c4d2f09e7b86531c0dfa9284e6b715d3f0a8c9264e1b7d', 'sha-256', { voucher: theirsToo, related: 3 }),
    item('it-7', 'indicator', L('Address of a university, listed by mistake', 'Adresse d’une université, listée par erreur', 'Địa chỉ một trường đại học, liệt kê nhầm'), '192.0.2.44', 'ipv4-addr', { voucher: own, tlp: 'TLP:GREEN', retracted: 'wrong', matching: false }),
    item('it-8', 'vulnerability', 'CVE-2026-21004', undefined, undefined, { voucher: own, tlp: 'TLP:CLEAR', related: 7, matching: false, onward: 'free' }),
    item('it-9', 'attack-pattern', L('Data encrypted for impact', 'Données chiffrées pour nuire', 'Mã hóa dữ liệu để gây hại'), 'T1486', undefined, { voucher: own, tlp: 'TLP:CLEAR', related: 31, matching: false, onward: 'free' }),
    item('it-10', 'report', L('Campaign against hospitals of the delta, third week', 'Campagne contre les hôpitaux du delta, troisième semaine', 'Chiến dịch nhằm vào các bệnh viện vùng châu thổ, tuần thứ ba'), undefined, undefined, { tlp: 'TLP:RED', related: 18, matching: false, onward: 'none' }),
  ];
  const pick = random(20261121);
  for (let n = 11; n <= count; n += 1) {
    const word = words[pick(words.length)];
    const kinds = [
      ['domain-name', `${['cdn', 'mail', 'api', 'img'][pick(4)]}-${pick(900) + 100}.${word}.example`],
      ['ipv4-addr', `203.0.113.${pick(254) + 1}`],
      ['url', `https://${word}-${pick(99)}.example/${hex(pick, 6)}`],
      ['sha-256', hex(pick, 64)],
    ];
    const [kind, value] = kinds[pick(4)];
    items.push(item(`it-${n}`, 'indicator', value, value, kind, {
      voucher: [own, theirs, theirsToo][pick(3)], tlp: ['TLP:GREEN', 'TLP:AMBER', 'TLP:CLEAR', 'TLP:AMBER+STRICT'][pick(4)],
      received: at(-200 - n * 3), sightings: pick(9) ? 0 : pick(40), related: pick(4) ? 0 : pick(12),
    }));
  }
  return items;
}

export function itemDetail(item, items, names, at) {
  const kin = items.filter((other) => other.item !== item.item);
  return {
    ...item,
    labels: item.item === 'it-1' ? ['malicious-activity'] : [],
    valid_from: item.value ? item.modified : null,
    raw: JSON.stringify({
      type: item.type, spec_version: '2.1', id: item.id, created_by_ref: 'identity--2f1c9f0e-6b1d-4f2e-8d0a-7c3b5e9a1d44',
      created: at(-6000), modified: item.modified, name: typeof item.name === 'string' ? item.name : item.name.en,
      ...(item.value ? { pattern: `[domain-name:value = '${item.value}']`, pattern_type: 'stix', valid_from: item.modified } : {}),
      object_marking_refs: ['marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421'],
    }),
    findings: item.item === 'it-1' ? [{ level: 'should', pointer: '/labels/0', rule: 'stix.label_vocabulary', message: L('The label is not one of the open vocabulary.', 'L’étiquette ne fait pas partie du vocabulaire ouvert.', 'Nhãn không thuộc từ vựng mở.') }] : [],
    versions: [
      { item: item.item, modified: item.modified, received: item.received, voucher: item.voucher.name, current: true },
      { item: 'it-9', modified: at(-7000), received: at(-6900), voucher: item.voucher.name, current: false },
    ],
    provenance: item.voucher.own
      ? [{ voucher: us, name: names[us], received: item.received, statement: null, agreement: null, source: 'own-findings.csv', basis: 'import' }]
      : [
          { voucher: item.voucher.party_id, name: item.voucher.name, statement: 'b41f0d7c2e8a95f36c10de47a8b2935fe0c4d1769a3b85e2f7c6d0419e8ab253', agreement: 'agr-7f31', received: item.received, basis: 'direct', source: '' },
        ],
    related: item.related
      ? [
          { value: '203.0.113.77', kind: 'ipv4-addr', too_common: false, total: 6, items: kin.slice(0, 3) },
          { value: 'kestrel.example', kind: 'domain-name', too_common: false, items: kin.slice(4, 6) },
          { value: '8.8.8.8', kind: 'ipv4-addr', too_common: true, items: [] },
        ]
      : [],
    sightings: item.sightings
      ? [
          { party_id: hospital, name: names[hospital], count: 118, first: at(-52), last: at(-3) },
          { party_id: neighbour, name: names[neighbour], count: 3, first: at(-40), last: at(-31) },
        ]
      : [],
    sent_to: item.voucher.own
      ? [
          { party_id: neighbour, name: names[neighbour], statement: '77aa', state: 'received' },
          { party_id: hospital, name: names[hospital], statement: '77ab', state: 'received' },
        ]
      : [],
  };
}

/** What names a person of a party goes there; TLP:RED goes nowhere else. */
export function publishPreview(names, { tlp, readers = [] }) {
  const named = (party) => readers.map((one) => one.split('/')).filter(([of]) => of === party).map(([, account]) => ({ account, name: account }));
  const plan = plainPreview(names);
  if (tlp !== 'TLP:RED') return plan;
  return {
    ...plan,
    recipients: plan.recipients.map((one) =>
      named(one.party_id).length
        ? { ...one, readers: named(one.party_id) }
        : { ...one, permitted: 0, along: 0, refused: [{ count: 412, example: 'HARROW', reason: says('release.red_names_nobody_there', 'It is TLP:RED, and nobody of this party is named in it.', 'L’élément est TLP:RED, et personne de cette partie n’y est nommé.', 'Nội dung là TLP:RED và không có ai của bên này được nêu tên.') }] },
    ),
  };
}

function plainPreview(names) {
  return {
    objects: 412,
    bytes: 618_400,
    recipients: [
      {
        party_id: hospital, name: names[hospital], agreement: { id: 'agr-7f31', title: L('Regional health', 'Santé régionale', 'Y tế khu vực'), version: 3 }, permitted: 398, along: 0, readers: [],
        refused: [{ count: 14, example: 'HARROW', reason: says('release.above_tlp_ceiling', 'They are TLP:AMBER+STRICT; the agreement permits up to TLP:AMBER.', 'Ils sont TLP:AMBER+STRICT ; l’accord permet au plus TLP:AMBER.', 'Chúng là TLP:AMBER+STRICT; thỏa thuận chỉ cho phép tới TLP:AMBER.') }],
      },
      {
        party_id: neighbour, name: names[neighbour], agreement: { id: 'agr-0b77', title: L('Early warning with our neighbour', 'Alerte précoce avec notre voisin', 'Cảnh báo sớm với láng giềng'), version: 2 }, permitted: 125, along: 5, readers: [],
        refused: [
          { count: 278, example: 'update-cdn.kestrel.example', reason: says('release.above_tlp_ceiling', 'They are TLP:AMBER; the agreement permits up to TLP:GREEN.', 'Ils sont TLP:AMBER ; l’accord permet au plus TLP:GREEN.', 'Chúng là TLP:AMBER; thỏa thuận chỉ cho phép tới TLP:GREEN.') },
          { count: 14, example: 'HARROW', reason: says('release.onward_none', 'Their source does not permit passing them on.', 'Leur source ne permet pas de les rediffuser.', 'Nguồn không cho phép chia sẻ tiếp.') },
        ],
      },
    ],
    notes: [],
    not_recipients: [
      { party_id: 'x', name: names.water, reason: says('release.no_agreement', 'No agreement in force with this party.', 'Aucun accord en vigueur avec cette partie.', 'Chưa có thỏa thuận nào có hiệu lực với bên này.') },
      { party_id: 'y', name: names.relief, reason: says('release.quarantined', 'The party is in quarantine.', 'La partie est en quarantaine.', 'Bên này đang bị cách ly.') },
    ],
  };
}

export function importResult(dry) {
  return {
    format: 'stix', objects: 412, stored: 391, updated: 12, unchanged: 7, refused_count: 2,
    refused: [
      { at: '/objects/88', text: '{"type":"indicator","id":"indicator--not-a-uuid"}', message: L('The id is no STIX id. Correct it and import the file again; the others are not affected.', 'L’identifiant n’est pas un identifiant STIX. Corrigez-le et importez à nouveau ; les autres ne sont pas touchés.', 'Mã không phải mã STIX. Hãy sửa và nhập lại tệp; các đối tượng khác không bị ảnh hưởng.') },
      { at: '/objects/301', message: L('An object without a type.', 'Un objet sans type.', 'Đối tượng không có kiểu.') },
    ],
    findings: [
      { level: 'must', pointer: '/created', rule: 'stix.timestamp_form', message: L('The time is not in the form the standard asks for.', 'L’heure n’a pas la forme que la norme demande.', 'Thời gian không đúng dạng tiêu chuẩn yêu cầu.'), item_id: 'malware--31b9', count: 3 },
      { level: 'should', pointer: '/labels/0', rule: 'stix.label_vocabulary', message: L('The label is not one of the open vocabulary.', 'L’étiquette ne fait pas partie du vocabulaire ouvert.', 'Nhãn không thuộc từ vựng mở.'), item_id: 'indicator--8e2a', count: 57 },
      { level: 'matching', pointer: '/pattern', rule: 'stix.value_everywhere', message: L('“127.0.0.1” is stored but not matched: it is found in nearly every network, so it would raise nothing but false hits.', '« 127.0.0.1 » est enregistré mais pas recherché : on le trouve dans presque tous les réseaux et il ne donnerait que de fausses détections.', '“127.0.0.1” được lưu nhưng không được đối chiếu: gần như mạng nào cũng có giá trị này, nên chỉ sinh ra trùng khớp sai.'), item_id: 'indicator--5c1d', count: 3 },
    ],
    not_matched: 3, partly_matched: 0,
    needs_tlp: true, tlp: 'TLP:AMBER', import_id: dry ? 0 : 42,
  };
}
