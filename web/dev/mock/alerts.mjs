import { hospital, neighbour, relief, water } from './parties.mjs';
import { L, says } from './words.mjs';

export function makeAlerts(names, at) {
  const alert = (id, severity, tlp, more) => ({
    id, severity, tlp, state: 'open', realm: 'real', count: 1, indicators: [],
    first_seen: at(-30), last_seen: at(-1), received: at(-20),
    ...more,
  });
  const peer = (id, more = {}) => ({ kind: 'peer', party_id: id, name: names[id], basis: 'direct', ...more });
  return [
    alert('al-4b01', 4, 'TLP:AMBER', {
      title: L('Ransomware at the River District Hospital', 'Rançongiciel à l’hôpital du district du fleuve', 'Mã độc tống tiền tại bệnh viện vùng sông'),
      detail: L('3 medical record servers asked for a known command server · emergency care diverted', '3 serveurs de dossiers médicaux ont contacté un serveur de commande connu · urgences détournées', '3 máy chủ hồ sơ bệnh án gọi tới máy chủ điều khiển đã biết · cấp cứu chuyển tuyến'),
      severity_reason: says('severity.emergency_diverted', 'Emergency care has to be diverted for six hours or more (row 4b).', 'Les urgences doivent être détournées six heures ou plus (ligne 4b).', 'Cấp cứu phải chuyển tuyến từ 6 giờ trở lên (dòng 4b).'),
      origin: peer(hospital), host: '10.20.4.17', host_name: L('Records server 2', 'Serveur de dossiers 2', 'Máy chủ hồ sơ 2'), service: L('Emergency care', 'Urgences', 'Cấp cứu'), sector: 'HEA', population_served: 310_000,
      count: 118, first_seen: at(-52), last_seen: at(-3), received: at(-18), deadline: at(11.7),
      indicators: [
        { id: 'indicator--it-1', item: 'it-1', name: L('Command server of the Kestrel loader', 'Serveur de commande du chargeur Kestrel', 'Máy chủ điều khiển của bộ nạp Kestrel'), value: 'update-cdn.kestrel.example' },
        { id: 'indicator--it-2', item: 'it-2', name: '203.0.113.77', value: '203.0.113.77' },
      ],
    }),
    alert('al-3c12', 3, 'TLP:AMBER+STRICT', {
      title: L('Queries for a known command server', 'Requêtes vers un serveur de commande connu', 'Truy vấn tới máy chủ điều khiển đã biết'),
      detail: L('Pumping station 4 · 118 times in 20 minutes', 'Station de pompage 4 · 118 fois en 20 minutes', 'Trạm bơm nước số 4 · 118 lần trong 20 phút'),
      severity_reason: says('severity.marked_host', 'The host is marked as critical: drinking water for 62,000 people.', 'L’hôte est marqué critique : eau potable pour 62 000 personnes.', 'Máy được đánh dấu trọng yếu: nước sạch cho 62.000 người.'),
      origin: peer(water), host: '10.44.0.9', host_name: L('Pumping station 4', 'Station de pompage 4', 'Trạm bơm số 4'), service: '', sector: 'WAT', population_served: 62_000, values: ['203.0.113.77', 'img-204.sable.example'], count: 118, deadline: at(38.1),
      indicators: [{ id: 'indicator--it-2', item: 'it-2', name: 'Kestrel C2', value: '203.0.113.77' }],
    }),
    alert('al-3d40', 3, 'TLP:RED', {
      title: L('Credentials of a ministry for sale', 'Identifiants d’un ministère mis en vente', 'Rao bán tài khoản của một bộ'),
      detail: L('Neighbour CERT asks for an answer before 06:00', 'Le CERT voisin demande une réponse avant 06:00', 'CERT láng giềng đề nghị trả lời trước 06:00'),
      severity_reason: says('severity.sender_says', 'Level given by the sender.', 'Niveau donné par l’expéditeur.', 'Mức do bên gửi đặt.'),
      origin: peer(neighbour), deadline: at(165),
    }),
    alert('al-2f71', 2, 'TLP:GREEN', {
      title: L('Port scan into the railway network', 'Balayage de ports vers le réseau ferroviaire', 'Quét cổng vào mạng đường sắt'),
      detail: L('2,140 equal hits folded into one', '2 140 correspondances semblables réunies en une', 'Đã gộp 2.140 trùng khớp giống nhau'),
      severity_reason: says('severity.marked_host', 'The host is marked as critical: signalling.', 'L’hôte est marqué critique : signalisation.', 'Máy được đánh dấu trọng yếu: tín hiệu đường sắt.'),
      origin: { kind: 'own' }, host: '10.8.0.0/24', count: 2140, deadline: at(300),
      indicators: [{ id: 'indicator--it-5', item: 'it-5', name: L('Scanner', 'Balayeur', 'Máy quét'), value: '198.51.100.23' }],
    }),
    alert('al-2a90', 2, 'TLP:AMBER', {
      title: L('Unusual transfer from a records server', 'Transfert inhabituel depuis un serveur d’archives', 'Truyền dữ liệu bất thường từ máy chủ lưu trữ'),
      detail: L('Passed on by the neighbour', 'Transmise par le voisin', 'Do bên láng giềng chuyển tới'),
      severity_reason: says('severity.sender_says', 'Level given by the sender.', 'Niveau donné par l’expéditeur.', 'Mức do bên gửi đặt.'),
      origin: peer(relief, { basis: 'onward', vouched_by: names[neighbour] }), deadline: at(420),
    }),
    alert('al-3z00', 3, 'TLP:AMBER', {
      title: L('Mailbox of the water works misused', 'Messagerie de la régie des eaux détournée', 'Hộp thư công ty cấp nước bị lợi dụng'),
      detail: L('Seen to: the account was reset', 'Traitée : le compte a été réinitialisé', 'Đã xử lý: tài khoản đã được đặt lại'),
      severity_reason: says('severity.sender_says', 'Level given by the sender.', 'Niveau donné par l’expéditeur.', 'Mức do bên gửi đặt.'),
      origin: peer(water), state: 'acknowledged', acknowledged_by: 'Trần Minh An', acknowledged_at: at(-300), deadline: at(-280), received: at(-330), first_seen: at(-360), last_seen: at(-340), count: 4,
    }),
  ];
}

const saying = 'b41f0d7c2e8a95f36c10de47a8b2935fe0c4d1769a3b85e2f7c6d0419e8ab253';

export function alertDetail(alert, told, names) {
  const timeline = [
    { time: alert.received, who: alert.origin.name ?? names.here, what: L('raised the alert', 'a donné l’alerte', 'đã phát cảnh báo') },
    ...(alert.acknowledged_at ? [{ time: alert.acknowledged_at, who: alert.acknowledged_by, what: L('acknowledged', 'a accusé réception', 'đã xác nhận') }] : []),
  ];
  return {
    ...alert,
    hits: [],
    statements: alert.origin.kind === 'peer' ? [saying] : [],
    timeline,
    timeline_total: timeline.length + (alert.left_out ?? 0),
    recipients: (told ?? []).map((one) => ({ statement: saying, ...one })),
  };
}

export function sharePreview(names) {
  return {
    objects: 1,
    bytes: 2140,
    recipients: [
      { party_id: neighbour, name: names[neighbour], agreement: { id: 'agr-7f31', title: L('Regional health', 'Santé régionale', 'Y tế khu vực'), version: 3 }, permitted: 1, along: 0, refused: [], readers: [] },
    ],
    notes: [],
    not_recipients: [
      { party_id: water, name: names[water], reason: says('release.no_agreement', 'No agreement in force with this party.', 'Aucun accord en vigueur avec cette partie.', 'Chưa có thỏa thuận nào có hiệu lực với bên này.') },
      { party_id: relief, name: names[relief], reason: says('release.quarantined', 'The party is in quarantine.', 'La partie est en quarantaine.', 'Bên này đang bị cách ly.') },
      { party_id: hospital, name: names[hospital], reason: says('release.is_the_source', 'It came from this party.', 'Cela vient de cette partie.', 'Nội dung này đến từ chính bên đó.') },
    ],
  };
}
