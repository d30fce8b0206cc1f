#include "formats/telemetry/roles.h"

#include <unordered_map>

namespace tocsin::telemetry {
namespace {

using Table = std::unordered_map<std::string_view, Role>;

// Names of Zeek's base scripts and of the usual packages (ja3, ja4), the same in TSV and JSON.
const Table kZeek{
    {"ts", Role::EventTime},
    {"_path", Role::LogName},
    {"id.orig_h", Role::LocalAddress},
    {"id.resp_h", Role::RemoteAddress},
    {"id.resp_p", Role::RemotePort},
    {"src", Role::LocalAddress},  // notice
    {"dst", Role::RemoteAddress},
    {"rx_hosts", Role::LocalAddress},  // files: who received
    {"tx_hosts", Role::RemoteAddress},
    {"client_addr", Role::LocalAddress},  // dhcp
    {"server_addr", Role::RemoteAddress},
    {"requested_addr", Role::Address},
    {"assigned_addr", Role::Address},
    {"x_originating_ip", Role::Address},  // smtp
    {"path", Role::Address},              // smtp: who handed the mail on; text in smb_files
    {"san.ip", Role::Address},
    {"request.host", Role::Address},  // socks
    {"bound.host", Role::Address},
    {"request.name", Role::Name},
    {"bound.name", Role::Name},
    {"data_channel.orig_h", Role::Address},  // ftp
    {"data_channel.resp_h", Role::Address},
    {"framed_addr", Role::Address},  // radius
    {"proxied", Role::ForwardedFor},
    {"query", Role::Name},
    {"answers", Role::Name},
    {"auth", Role::Name},  // dns with policy/protocols/dns/auth-addl
    {"addl", Role::Name},
    {"helo", Role::Name},
    {"server_name", Role::Name},
    {"san.dns", Role::Name},
    {"host", Role::Host},
    {"uri", Role::Target},
    {"referrer", Role::Url},
    {"origin", Role::Url},
    {"arg", Role::Url},  // ftp
    {"san.uri", Role::Url},
    {"md5", Role::Md5},
    {"sha1", Role::Sha1},
    {"sha256", Role::Sha256},
    {"ja3", Role::Ja3},
    {"ja4", Role::Ja4},
    {"user_agent", Role::UserAgent},
    {"filename", Role::FileName},
    {"orig_filenames", Role::FileName},
    {"resp_filenames", Role::FileName},
    {"dcc_file_name", Role::FileName},  // irc
    {"name", Role::SmbName},
    {"prev_name", Role::SmbName},
    {"action", Role::SmbAction},
    {"mailfrom", Role::Email},
    {"rcptto", Role::Email},
    {"from", Role::Email},
    {"to", Role::Email},
    {"cc", Role::Email},
    {"reply_to", Role::Email},
    {"san.email", Role::Email},
    {"certificate.subject", Role::Subject},
    {"subject", Role::Subject},  // ssl; the subject of a mail has no CN=
    {"client_subject", Role::Subject},
    {"fingerprint", Role::Fingerprint},
    {"cert_chain_fps", Role::Fingerprint},
    {"client_cert_chain_fps", Role::Fingerprint},
    {"certificate.serial", Role::Serial},
    {"serial", Role::Serial},
};

// EVE of Suricata 4 to 8; dns has had four shapes.
const Table kSuricata{
    {"timestamp", Role::EventTime},
    {"event_type", Role::LogName},
    {"src_ip", Role::LocalAddress},
    {"src_port", Role::LocalPort},
    {"dest_ip", Role::RemoteAddress},
    {"dest_port", Role::RemotePort},
    {"direction", Role::Direction},
    {"flow.src_ip", Role::FlowClient},
    {"dns.rrname", Role::Name},
    {"dns.rdata", Role::Name},
    {"dns.query.rrname", Role::Name},
    {"dns.queries.rrname", Role::Name},
    {"dns.answer.rrname", Role::Name},
    {"dns.answer.rdata", Role::Name},
    {"dns.answers.rrname", Role::Name},
    {"dns.answers.rdata", Role::Name},
    {"dns.answers.soa.mname", Role::Name},
    {"dns.answers.srv.name", Role::Name},
    {"dns.answer.answers.rrname", Role::Name},
    {"dns.answer.answers.rdata", Role::Name},
    {"dns.answer.authorities.rrname", Role::Name},
    {"dns.answer.authorities.rdata", Role::Name},
    {"dns.authorities.rrname", Role::Name},
    {"dns.authorities.rdata", Role::Name},
    {"dns.authorities.soa.mname", Role::Name},
    {"dns.additionals.rrname", Role::Name},
    {"dns.additionals.rdata", Role::Name},
    {"dns.grouped.A", Role::Name},
    {"dns.grouped.AAAA", Role::Name},
    {"dns.grouped.CNAME", Role::Name},
    {"dns.grouped.MX", Role::Name},
    {"dns.grouped.NS", Role::Name},
    {"dns.grouped.PTR", Role::Name},
    {"dns.grouped.SOA.mname", Role::Name},
    {"dns.grouped.SRV.name", Role::Name},
    {"dns.answer.grouped.A", Role::Name},
    {"dns.answer.grouped.AAAA", Role::Name},
    {"dns.answer.grouped.CNAME", Role::Name},
    {"dns.answer.grouped.MX", Role::Name},
    {"dns.answer.grouped.NS", Role::Name},
    {"dns.answer.grouped.PTR", Role::Name},
    {"dhcp.assigned_ip", Role::Address},
    {"dhcp.client_ip", Role::Address},
    {"dhcp.requested_ip", Role::Address},
    {"dhcp.next_server_ip", Role::Address},
    {"dhcp.relay_ip", Role::Address},
    {"dhcp.dns_servers", Role::Address},
    {"dhcp.routers", Role::Address},
    {"tunnel.src_ip", Role::Address},
    {"tunnel.dest_ip", Role::Address},
    {"xff", Role::ForwardedFor},
    {"http.xff", Role::ForwardedFor},
    {"tls.sni", Role::Name},
    {"tls.subject", Role::Subject},
    {"tls.subjectaltname", Role::Name},
    {"tls.client.subject", Role::Subject},
    {"tls.client.subjectaltname", Role::Name},
    {"tls.client.fingerprint", Role::Fingerprint},
    {"tls.client.serial", Role::Serial},
    {"tls.fingerprint", Role::Fingerprint},
    {"tls.serial", Role::Serial},
    {"tls.ja3.hash", Role::Ja3},
    {"tls.ja4", Role::Ja4},
    {"quic.sni", Role::Name},
    {"quic.ua", Role::UserAgent},
    {"quic.ja3.hash", Role::Ja3},
    {"quic.ja4", Role::Ja4},
    {"ja4", Role::Ja4},
    {"http.hostname", Role::Host},
    {"http.url", Role::Target},
    {"http.http_refer", Role::Url},
    {"http.redirect", Role::Url},
    {"http.origin", Role::Url},
    {"http.http_port", Role::UrlPort},
    {"http.http_method", Role::Method},
    {"http.http_user_agent", Role::UserAgent},
    {"fileinfo.filename", Role::FileName},
    {"fileinfo.md5", Role::Md5},
    {"fileinfo.sha1", Role::Sha1},
    {"fileinfo.sha256", Role::Sha256},
    {"files.filename", Role::FileName},
    {"files.md5", Role::Md5},
    {"files.sha1", Role::Sha1},
    {"files.sha256", Role::Sha256},
    {"smb.filename", Role::FileName},
    {"smb.rename.from", Role::FileName},
    {"smb.rename.to", Role::FileName},
    {"nfs.filename", Role::FileName},
    {"ftp_data.filename", Role::FileName},
    {"tftp.file", Role::FileName},
    {"smtp.helo", Role::Name},
    {"smtp.mail_from", Role::Email},
    {"smtp.rcpt_to", Role::Email},
    {"email.from", Role::Email},
    {"email.to", Role::Email},
    {"email.cc", Role::Email},
    {"email.reply_to", Role::Email},
    {"email.attachment", Role::FileName},
    {"email.bcc", Role::Email},
    {"email.received", Role::Addresses},
    {"email.x_originating_ip", Role::Addresses},
    {"email.user_agent", Role::UserAgent},
    {"email.x_mailer", Role::UserAgent},
    {"email.url", Role::Link},
};

Field look_up(const Table& table, std::string_view name) {
  const auto found = table.find(name);
  if (found == table.end()) return {};
  return {found->second, found->first};
}

}  // namespace

Field zeek_field(std::string_view name, std::string_view element_type) {
  Field field = look_up(kZeek, name);
  if (element_type == "addr") {
    if (field.role == Role::Host) field.role = Role::LocalAddress;  // software.log, known_hosts.log
    if (field.role == Role::Skip) field.role = Role::Address;
    return field;
  }
  const bool wants_address =
      field.role == Role::Address || field.role == Role::LocalAddress || field.role == Role::RemoteAddress;
  const bool wants_number = field.role == Role::EventTime || field.role == Role::RemotePort;
  if (wants_address) return {};
  if (wants_number) return element_type == "time" || element_type == "port" ? field : Field{};
  if (field.role == Role::SmbAction) return element_type == "enum" ? field : Field{};
  return element_type == "string" ? field : Field{};
}

Field zeek_json_field(std::string_view path) {
  return look_up(kZeek, path);
}
Field suricata_field(std::string_view path) {
  return look_up(kSuricata, path);
}

}  // namespace tocsin::telemetry
