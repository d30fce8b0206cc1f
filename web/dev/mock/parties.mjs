import { L, says } from './words.mjs';

export const us = 'k7d2m4xqzv3f5r6t8w9yabcn2h4j6l8p3s5u7e9g2i4o6q8a3c5f';
export const neighbour = 'p3c7wq2m9xk5v8t4n6r2y7h3j9d5s8f4g6l2b7z3a9e5u8i4o6qa';
export const hospital = 'h5t9b2n7k4x8m3v6c2q9w5r7y4j8d3f6s2g9l5p7z4a8e3u6i2ob';
export const water = 'w8r4t2y9u5i3o7p6a4s2d9f8g5h3j7k6l4z2x9c8v5b3n7m6qwed';
export const regional = 'r2e6g9i4o7n3a8l5c2e6n9t4r7e3q8w5y2u6i9o4p7a3s8d5f2gf';
export const relief = 'i6c3r9c5h2u8m4a7n3i6t9a5r2i8a4n7r3e6l9i5e2f8q4w7y3ug';

export function makeParties(at) {
  const names = {
    [us]: L('National Response Centre', 'Centre national de réponse', 'Trung tâm ứng cứu quốc gia'),
    [neighbour]: L('Neighbour CERT', 'CERT voisin', 'CERT láng giềng'),
    [hospital]: L('River District Hospital', 'Hôpital du district du fleuve', 'Bệnh viện vùng sông'),
    [water]: L('Northern Water Works', 'Eaux du Nord', 'Cấp nước miền Bắc'),
    [regional]: L('Regional Centre', 'Centre régional', 'Trung tâm vùng'),
    [relief]: L('International Relief', 'Secours international', 'Cứu trợ quốc tế'),
  };
  const peer = (id, kind, country, state, more) => ({
    party_id: id,
    name: names[id],
    kind,
    country,
    state,
    assurance: 'in_person',
    last_contact: at(-2),
    queued: 0,
    late: false,
    late_reason: null,
    agreements: 1,
    endpoint: `https://${id.slice(0, 6)}.example:7443`,
    signatories: [],
    ...more,
  });
  const peers = [
    peer(hospital, 'operator', 'VN', 'verified', { last_contact: at(-1), agreements: 2, signatories: [{ name: 'lan.vo', display_name: 'Võ Ngọc Lan' }] }),
    peer(neighbour, 'cert', 'TH', 'verified', { last_contact: at(-4), queued: 2, assurance: 'call_back', agreements: 2, signatories: [{ name: 'somchai', display_name: 'Somchai Srisuk' }, { name: 'malee', display_name: 'Malee Chaiyasit' }] }),
    peer(water, 'operator', 'VN', 'verified', {
      last_contact: at(-192),
      queued: 7,
      late: true,
      late_reason: says(
        'delivery.unreachable',
        'Not reachable since 00:02: the connection is refused. Next try in 4 minutes; nothing is lost.',
        'Injoignable depuis 00:02 : connexion refusée. Prochain essai dans 4 minutes ; rien n’est perdu.',
        'Không kết nối được từ 00:02: bị từ chối. Thử lại sau 4 phút; không mất gì cả.',
      ),
    }),
    peer(regional, 'regional', 'SG', 'invited', { last_contact: null, assurance: 'self', agreements: 0 }),
    peer(relief, 'humanitarian', 'CH', 'quarantined', { last_contact: at(-2900), assurance: 'call_back' }),
  ];
  return { names, peers };
}

const approvals = (signed) => ({ signed, approvals: signed ? 2 : 1, needed: 2, left_at: null });

export function makeAgreements(names, at) {
  const base = {
    purposes: ['early warning', 'defence of essential services'],
    categories: ['intel', 'alert', 'sighting'],
    automatic: ['alert', 'sighting'],
    ack: { 5: 'PT900S', 4: 'PT1800S', 3: 'PT7200S', 2: 'PT28800S', 1: 'PT86400S', 0: 'PT259200S' },
    retention_days: 365,
    redactions: [],
    unpeered: [],
    pap: 'PAP:AMBER',
  };
  return [
    {
      ...base,
      id: 'agr-7f31', version: 3, level: 'multilateral', state: 'in_force',
      title: L('Regional health', 'Santé régionale', 'Y tế khu vực'),
      parties: [us, hospital, neighbour].map((id) => ({ party_id: id, name: names[id], ...approvals(true) })),
      tlp: 'TLP:AMBER', onward: 'within_agreement', from: at(-60 * 24 * 90), until: at(60 * 24 * 275),
      terms_digest: '5a0c3f9e7d41b28866ee10a97b5c2d3f4e8a9b0c1d2e3f405162738495a6b7c8',
      document_digest: '8c7b6a594837261504f3e2d1c0b9a8e4f3d2c5b79a01ee66882b14d7e9f3c0a5',
      summary: [
        L('What is sent under this agreement may be at most TLP:AMBER and PAP:AMBER.',
          'Ce qui est envoyé selon cet accord est au plus TLP:AMBER et PAP:AMBER.',
          'Nội dung gửi theo thỏa thuận này tối đa là TLP:AMBER và PAP:AMBER.'),
        L('Each side sends alerts and sightings without asking a person.',
          'Chaque partie envoie alertes et observations sans demander à une personne.',
          'Mỗi bên tự động gửi cảnh báo và lần phát hiện mà không cần người duyệt.'),
        L('What is received may be passed on only to the parties of this agreement.',
          'Ce qui est reçu ne peut être rediffusé qu’aux parties de cet accord.',
          'Nội dung nhận được chỉ được chia sẻ tiếp cho các bên của thỏa thuận này.'),
        L('The parties undertake to keep what they receive for 365 days at most. The node does not enforce this yet.',
          'Les parties s’engagent à conserver ce qu’elles reçoivent 365 jours au plus. Le nœud ne l’impose pas encore.',
          'Các bên cam kết lưu giữ nội dung nhận được tối đa 365 ngày. Nút chưa tự động thực thi điều này.'),
      ],
    },
    {
      ...base,
      id: 'agr-19c4', version: 1, level: 'bilateral', state: 'waiting',
      title: L('Water supply', 'Alimentation en eau', 'Cấp nước'),
      parties: [
        { party_id: us, name: names[us], signed: false, approvals: 1, needed: 2, left_at: null },
        { party_id: water, name: names[water], signed: true, approvals: 1, needed: 1, left_at: null },
      ],
      tlp: 'TLP:AMBER+STRICT', onward: 'none', from: at(0), until: at(60 * 24 * 365),
      terms_digest: '0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0',
      document_digest: '0ffeeddccbbaa99887766554433221100f1e2d3c4b5a69788796a5b4c3d2e1f0',
      summary: [
        L('What is sent under this agreement may be at most TLP:AMBER+STRICT.',
          'Ce qui est envoyé selon cet accord est au plus TLP:AMBER+STRICT.',
          'Nội dung gửi theo thỏa thuận này tối đa là TLP:AMBER+STRICT.'),
        L('Nothing received may be passed on.', 'Rien de ce qui est reçu ne peut être rediffusé.', 'Không được chia sẻ tiếp bất cứ nội dung nào đã nhận.'),
      ],
    },
    {
      ...base,
      id: 'agr-0b77', version: 2, level: 'bilateral', state: 'in_force',
      title: L('Early warning with our neighbour', 'Alerte précoce avec notre voisin', 'Cảnh báo sớm với láng giềng'),
      parties: [us, neighbour].map((id) => ({ party_id: id, name: names[id], ...approvals(true) })),
      tlp: 'TLP:GREEN', onward: 'own_constituency', from: at(-60 * 24 * 200), until: at(60 * 24 * 20),
      terms_digest: 'c1d2e3f405162738495a6b7c85a0c3f9e7d41b28866ee10a97b5c2d3f4e8a9b0',
      document_digest: '0b9a8e4f3d2c5b79a01ee66882b14d7e9f3c0a58c7b6a594837261504f3e2d1c',
      summary: [
        L('What is sent under this agreement may be at most TLP:GREEN.', 'Ce qui est envoyé selon cet accord est au plus TLP:GREEN.', 'Nội dung gửi theo thỏa thuận này tối đa là TLP:GREEN.'),
        L('What is received may be passed on to one’s own constituency.', 'Ce qui est reçu peut être rediffusé à sa propre communauté.', 'Nội dung nhận được có thể chia sẻ tiếp trong phạm vi mình phụ trách.'),
      ],
    },
  ];
}
