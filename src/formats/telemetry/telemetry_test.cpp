#include "formats/telemetry/telemetry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/telemetry/event_time.h"

namespace tocsin::telemetry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Event {
  std::uint64_t line;
  std::string time, log, local, remote;
  std::vector<std::string> values;  ///< "kind field text"
};

class Collector {
 public:
  LineReader::Each each() {
    return [this](const LineContext& context, const std::vector<Candidate>& candidates) {
      Event event{context.line,
                  context.time ? base::to_rfc3339(*context.time) : "",
                  std::string(context.log),
                  std::string(context.local_host),
                  std::string(context.remote_host),
                  {}};
      for (const auto& c : candidates)
        event.values.push_back(std::string(observable::name(c.kind)) + ' ' + std::string(c.field) + ' ' +
                               std::string(c.text));
      events.push_back(std::move(event));
    };
  }
  std::vector<Event> events;
};

std::vector<Event> read_all(std::string_view text, Counts* counts = nullptr, std::optional<Format> format = {}) {
  LineReader reader(format);
  Collector collector;
  const auto each = collector.each();
  EXPECT_TRUE(reader.feed(text, each));
  EXPECT_TRUE(reader.finish(each));
  if (counts) *counts = reader.counts();
  return collector.events;
}

std::string zeek(std::string_view path, std::string_view fields, std::string_view types, std::string_view rows) {
  return "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t" + std::string(path) +
         "\n#open\t2026-11-21-00-00-00\n#fields\t" + std::string(fields) + "\n#types\t" + std::string(types) + "\n" +
         std::string(rows);
}

TEST(ZeekTsv, ReadsConnectionsByTheHeader) {
  const auto events = read_all(zeek("conn", "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto",
                                    "time\tstring\taddr\tport\taddr\tport\tenum",
                                    "1713484795.943239\tCYl7\t192.168.1.102\t68\t64.225.56.201\t6008\ttcp\n"
                                    "#close\t2026-11-21-01-00-00\n"));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].line, 9u);
  EXPECT_EQ(events[0].log, "conn");
  EXPECT_EQ(events[0].time, "2024-04-18T23:59:55.943239Z");
  EXPECT_EQ(events[0].local, "192.168.1.102");
  EXPECT_EQ(events[0].remote, "64.225.56.201");
  EXPECT_THAT(events[0].values, ElementsAre("ipv4-addr id.orig_h 192.168.1.102", "ipv4-addr id.resp_h 64.225.56.201"));
}

TEST(ZeekTsv, BringsAddressesToTheirNormalForm) {
  const auto events = read_all(zeek("conn", "id.orig_h\tid.resp_h\tother", "addr\taddr\taddr",
                                    "fe80::1\t2001:DB8:0:0::5\t::ffff:198.51.100.3\n"));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_THAT(events[0].values, ElementsAre("ipv6-addr id.orig_h fe80::1", "ipv6-addr id.resp_h 2001:db8::5",
                                            "ipv4-addr other 198.51.100.3"));
  EXPECT_EQ(events[0].remote, "2001:db8::5");
}

TEST(ZeekTsv, ReadsQuestionsAndAnswersOfDns) {
  const auto events = read_all(zeek("dns", "query\tanswers", "string\tvector[string]",
                                    "WWW.Evil.Example\tcdn.evil.example,198.51.100.3,2001:db8::1,TXT 4 a=b\n"
                                    "-\t-\n"
                                    "x.example\t(empty)\n"));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_THAT(events[0].values,
              ElementsAre("domain-name query www.evil.example", "domain-name answers cdn.evil.example",
                          "ipv4-addr answers 198.51.100.3", "ipv6-addr answers 2001:db8::1"));
  EXPECT_THAT(events[1].values, IsEmpty());
  EXPECT_THAT(events[2].values, ElementsAre("domain-name query x.example"));
}

TEST(ZeekTsv, BuildsTheUrlOfARequest) {
  const std::string fields = "id.resp_p\thost\turi\tuser_agent\torig_filenames";
  const std::string types = "port\tstring\tstring\tstring\tvector[string]";
  const auto events = read_all(zeek("http", fields, types,
                                    "80\tEvil.Example\t/a?b=C\tcurl/7\tC:\\\\x\\\\a.exe,b.doc\n"
                                    "8080\tevil.example:8080\t/\t-\t-\n"
                                    "8080\tevil.example\t/x\t-\t-\n"
                                    "3128\tevil.example\thttp://Other.Example/y\t-\t-\n"
                                    "3128\tevil.example\tevil.example:443\t-\t-\n"
                                    "80\t-\t/nohost\t-\t-\n"
                                    "80\t2001:db8::1\t/v6\t-\t-\n"));
  ASSERT_EQ(events.size(), 7u);
  EXPECT_THAT(events[0].values, ElementsAre("domain-name host evil.example", "user-agent user_agent curl/7",
                                            "file-name orig_filenames a.exe", "file-name orig_filenames b.doc",
                                            "url uri http://evil.example/a?b=C"));
  EXPECT_THAT(events[1].values, ElementsAre("domain-name host evil.example", "url uri http://evil.example:8080/"));
  EXPECT_THAT(events[2].values, ElementsAre("domain-name host evil.example", "url uri http://evil.example/x",
                                            "url uri http://evil.example:8080/x"));
  EXPECT_THAT(events[3].values, ElementsAre("domain-name host evil.example", "url uri http://other.example/y",
                                            "domain-name uri other.example"));
  EXPECT_THAT(events[4].values, ElementsAre("domain-name host evil.example"));
  EXPECT_THAT(events[5].values, IsEmpty());
  EXPECT_THAT(events[6].values, ElementsAre("ipv6-addr host 2001:db8::1", "url uri http://[2001:db8::1]/v6"));
}

TEST(ZeekTsv, DecodesEscapesAfterSplitting) {
  const auto events = read_all(zeek("files", "filename\tuser_agent\trx_hosts", "string\tvector[string]\tset[addr]",
                                    "a\\x09b\\\\c.exe\ta\\x2cb,c\\xc3\\xbc\t10.0.0.1,10.0.0.2\n"
                                    "\\x2d\t-\t-\n"));
  ASSERT_EQ(events.size(), 2u);
  // A tab makes the file name no text; what stands after the backslash is its last component.
  EXPECT_THAT(events[0].values,
              ElementsAre("file-name filename c.exe", "user-agent user_agent a,b", "user-agent user_agent c\xC3\xBC",
                          "ipv4-addr rx_hosts 10.0.0.1", "ipv4-addr rx_hosts 10.0.0.2"));
  EXPECT_EQ(events[0].local, "10.0.0.1");
  EXPECT_THAT(events[1].values, ElementsAre("file-name filename -"));
}

TEST(ZeekTsv, ReadsMailAndCertificates) {
  const auto mail = read_all(zeek("smtp", "mailfrom\trcptto\tfrom\tsubject", "string\tset[string]\tstring\tstring",
                                  "<a@Evil.example>\tb@x.example,<c@x.example>\t\"An, A\" <a@evil.example>\tx@y.z\n"));
  ASSERT_EQ(mail.size(), 1u);
  EXPECT_THAT(mail[0].values, ElementsAre("email-addr mailfrom a@evil.example", "domain-name mailfrom evil.example",
                                          "email-addr rcptto b@x.example", "domain-name rcptto x.example",
                                          "email-addr rcptto c@x.example", "domain-name rcptto x.example",
                                          "email-addr from a@evil.example", "domain-name from evil.example"));
  const std::string sha256(64, 'A');
  const auto x509 = read_all(zeek("x509", "fingerprint\tcertificate.serial\tsan.dns\tsan.ip",
                                  "string\tstring\tvector[string]\tvector[addr]",
                                  sha256 + "\t00CC57FE54011E\tA.example,*.b.example\t198.51.100.3\n"));
  ASSERT_EQ(x509.size(), 1u);
  EXPECT_THAT(x509[0].values,
              ElementsAre("certificate-sha-256 fingerprint " + std::string(64, 'a'),
                          "certificate-serial certificate.serial CC57FE54011E", "domain-name san.dns a.example",
                          "domain-name san.dns b.example", "ipv4-addr san.ip 198.51.100.3"));
}

TEST(ZeekTsv, BuildsTheUrlFromTheAddressWhereThereIsNoHostHeader) {
  const auto events =
      read_all(zeek("http", "id.orig_h\tid.resp_h\tid.resp_p\thost\turi", "addr\taddr\tport\tstring\tstring",
                    "10.0.0.1\t198.51.100.3\t80\t-\t/gate.php\n"
                    "10.0.0.1\t2001:db8::3\t8080\t-\t/gate.php\n"));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_THAT(events[0].values, ElementsAre("ipv4-addr id.orig_h 10.0.0.1", "ipv4-addr id.resp_h 198.51.100.3",
                                            "url uri http://198.51.100.3/gate.php"));
  EXPECT_THAT(events[1].values,
              ElementsAre("ipv4-addr id.orig_h 10.0.0.1", "ipv6-addr id.resp_h 2001:db8::3",
                          "url uri http://[2001:db8::3]/gate.php", "url uri http://[2001:db8::3]:8080/gate.php"));
}

TEST(ZeekTsv, ReadsWhereARequestCameFromAndWentThrough) {
  const auto events =
      read_all(zeek("http", "id.orig_h\thost\turi\treferrer\tproxied", "addr\tstring\tstring\tstring\tset[string]",
                    "10.0.0.1\ta.example\t/\thttp://a.example/x\t-\n"
                    "10.0.0.1\ta.example\t/\thttps://Lure.Example/x\t"
                    "VIA -> 1.1 proxy,X-FORWARDED-FOR -> 10.0.0.5\\x2c [2001:db8::5]:443\n"
                    "10.0.0.1\tproxy.example\tevil.example:443\t-\t-\n"));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_THAT(events[0].values, ElementsAre("ipv4-addr id.orig_h 10.0.0.1", "domain-name host a.example",
                                            "url referrer http://a.example/x", "url uri http://a.example/"))
      << "the same name is not asked for twice";
  EXPECT_THAT(events[1].values,
              ElementsAre("ipv4-addr id.orig_h 10.0.0.1", "domain-name host a.example",
                          "url referrer https://lure.example/x", "domain-name referrer lure.example",
                          "ipv4-addr proxied 10.0.0.5", "ipv6-addr proxied 2001:db8::5", "url uri http://a.example/"));
  EXPECT_THAT(events[2].values, ElementsAre("ipv4-addr id.orig_h 10.0.0.1", "domain-name host proxy.example",
                                            "domain-name uri evil.example"));
}

TEST(ZeekTsv, BelievesOnlyAProxyOfOursForWhomItAsks) {
  const auto forwarded = [](std::string_view client, std::string_view proxied) {
    LineReader reader;
    std::string out;
    const std::string text = zeek("http", "id.orig_h\tproxied", "addr\tset[string]",
                                  std::string(client) + "\tX-FORWARDED-FOR -> " + std::string(proxied) + "\n");
    EXPECT_TRUE(reader.feed(text, [&](const LineContext& context, const auto&) { out = context.forwarded_for; }));
    return out;
  };
  EXPECT_EQ(forwarded("10.0.0.1", "10.0.0.5"), "10.0.0.5");
  EXPECT_EQ(forwarded("10.0.0.1", "203.0.113.5\\x2c10.0.0.5"), "10.0.0.5");
  EXPECT_EQ(forwarded("203.0.113.1", "10.0.0.5"), "") << "anybody outside may say so";
  EXPECT_EQ(forwarded("10.0.0.1", "unknown"), "");
}

TEST(ZeekTsv, ReadsNamesOfFilesOnlyInLogsOfSmb) {
  const std::string fields = "id.orig_h\taction\tpath\tname\tprev_name", types = "addr\tenum\tstring\tstring\tstring";
  const auto events = read_all(zeek("smb_files", fields, types,
                                    "10.0.0.1\tSMB::FILE_RENAME\t\\\\\\\\srv\\\\c$\tx\\\\Locked.EXE\ta.doc\n"
                                    "10.0.0.1\tOTHER\t-\tb.exe\t-\n") +
                               zeek("weird", "id.orig_h\tname", "addr\tstring", "10.0.0.1\tbad_checksum\n"));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_THAT(events[0].values,
              ElementsAre("ipv4-addr id.orig_h 10.0.0.1", "file-name name locked.exe", "file-name prev_name a.doc"));
  EXPECT_THAT(events[1].values, ElementsAre("ipv4-addr id.orig_h 10.0.0.1"));
  EXPECT_THAT(events[2].values, ElementsAre("ipv4-addr id.orig_h 10.0.0.1"));
}

TEST(ZeekTsv, ReadsTheRestThatZeekItselfLooksUp) {
  const auto mail = read_all(zeek("smtp", "from\tto\thelo\tpath", "string\tset[string]\tstring\tvector[addr]",
                                  "a@x.example\\x2c B <Bad.Guy@evil.example>\to'brien@x.example\t[198.51.100.3]\t"
                                  "198.51.100.4,10.0.0.1\n"));
  ASSERT_EQ(mail.size(), 1u);
  EXPECT_THAT(
      mail[0].values,
      ElementsAre("email-addr from a@x.example", "domain-name from x.example", "email-addr from Bad.Guy@evil.example",
                  "domain-name from evil.example", "email-addr to o'brien@x.example", "domain-name to x.example",
                  "ipv4-addr helo 198.51.100.3", "ipv4-addr path 198.51.100.4", "ipv4-addr path 10.0.0.1"));
  const auto socks =
      read_all(zeek("socks", "request.host\trequest.name", "addr\tstring", "198.51.100.3\tevil.example\n"));
  ASSERT_EQ(socks.size(), 1u);
  EXPECT_THAT(socks[0].values,
              ElementsAre("ipv4-addr request.host 198.51.100.3", "domain-name request.name evil.example"));
  const auto x509 = read_all(zeek("x509", "certificate.subject", "string",
                                  "emailAddress=a@evil.example,CN=www.evil.example,O=Evil CN=no.example\n"
                                  "CN=AlphaSSL CA,O=GlobalSign\n"));
  ASSERT_EQ(x509.size(), 2u);
  EXPECT_THAT(x509[0].values, ElementsAre("email-addr certificate.subject a@evil.example",
                                          "domain-name certificate.subject evil.example",
                                          "domain-name certificate.subject www.evil.example"));
  EXPECT_THAT(x509[1].values, IsEmpty());
}

TEST(ZeekTsv, FollowsANewHeaderInTheMiddle) {
  const auto events = read_all(zeek("conn", "id.orig_h\tid.resp_h", "addr\taddr", "10.0.0.1\t10.0.0.2\n") +
                               zeek("dns", "uid\tquery", "string\tstring", "C1\tevil.example\n"));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].log, "dns");
  EXPECT_THAT(events[1].values, ElementsAre("domain-name query evil.example"));
}

TEST(ZeekTsv, CountsWhatItCannotRead) {
  Counts counts;
  EXPECT_THAT(read_all("10.0.0.1\t10.0.0.2\n", &counts, Format::ZeekTsv), IsEmpty());
  EXPECT_EQ(counts.unreadable, 1u);
  const auto events = read_all(
      zeek("conn", "a\tid.orig_h\tid.resp_h", "string\taddr\taddr", "x\t10.0.0.1\nx\t10.0.0.1\t10.0.0.2\n\n"), &counts);
  EXPECT_EQ(events.size(), 1u);
  EXPECT_EQ(counts.unreadable, 1u);
  EXPECT_EQ(counts.lines, 11u);
  // Names and types that do not agree say nothing about any column.
  EXPECT_THAT(read_all(zeek("conn", "id.orig_h\tid.resp_h", "addr", "10.0.0.1\t10.0.0.2\n"), &counts), IsEmpty());
  EXPECT_EQ(counts.unreadable, 1u);
}

TEST(ZeekJson, ReadsTheSameNames) {
  const auto events = read_all(
      R"({"ts":1517336154.078555,"uid":"C1","id.orig_h":"10.55.100.109","id.resp_h":"52.44.164.170","id.resp_p":80,)"
      R"("host":"www.alexa.com","uri":"/topsites","orig_filenames":["a.exe"],"user_agent":"x\"y","_path":"http"})"
      "\n");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].log, "http");
  EXPECT_EQ(events[0].time, "2018-01-30T18:15:54.078555Z");
  EXPECT_EQ(events[0].local, "10.55.100.109");
  EXPECT_THAT(events[0].values,
              UnorderedElementsAre("ipv4-addr id.orig_h 10.55.100.109", "ipv4-addr id.resp_h 52.44.164.170",
                                   "domain-name host www.alexa.com", "file-name orig_filenames a.exe",
                                   "user-agent user_agent x\"y", "url uri http://www.alexa.com/topsites"));
}

TEST(ZeekJson, ReadsAddressesThatOnlyTypesOfTsvTellFromText) {
  const auto events = read_all(R"({"ts":1,"path":["198.51.100.3","10.0.0.1"],"mailfrom":"a@evil.example"})"
                               "\n"
                               R"({"ts":1,"action":"SMB::FILE_OPEN","path":"\\\\srv\\c$","name":"x\\a.exe"})"
                               "\n"
                               R"({"ts":1,"request.host":"198.51.100.3","request.name":"evil.example"})"
                               "\n"
                               R"({"ts":1,"host":"10.0.0.7","name":"curl"})"
                               "\n");
  ASSERT_EQ(events.size(), 4u);
  EXPECT_THAT(events[0].values, ElementsAre("ipv4-addr path 198.51.100.3", "ipv4-addr path 10.0.0.1",
                                            "email-addr mailfrom a@evil.example", "domain-name mailfrom evil.example"));
  EXPECT_THAT(events[1].values, ElementsAre("file-name name a.exe"));
  EXPECT_THAT(events[2].values,
              ElementsAre("ipv4-addr request.host 198.51.100.3", "domain-name request.name evil.example"));
  EXPECT_EQ(events[3].local, "10.0.0.7") << "software.log: whose program it is";
  EXPECT_THAT(events[3].values, ElementsAre("ipv4-addr host 10.0.0.7"));
}

TEST(SuricataEve, ReadsDnsInItsShapes) {
  const auto events =
      read_all(R"({"timestamp":"2021-06-06T16:26:27.431769+0200","event_type":"dns","src_ip":"192.168.1.129",)"
               R"("dest_ip":"2001:0db8:0000:0000:0000:0000:0000:0001","dns":{"type":"query","rrname":"Evil.example"}})"
               "\n"
               R"({"event_type":"dns","dns":{"answers":[{"rrname":"evil.example","rdata":"198.51.100.3"}],)"
               R"("grouped":{"A":["198.51.100.4"]}}})"
               "\n"
               R"({"event_type":"dns","dns":{"query":[{"rrname":"a.example"}],"queries":[{"rrname":"b.example"}]}})"
               "\n");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].time, "2021-06-06T14:26:27.431769Z");
  EXPECT_EQ(events[0].log, "dns");
  EXPECT_EQ(events[0].remote, "2001:db8::1");
  EXPECT_THAT(events[0].values, ElementsAre("ipv4-addr src_ip 192.168.1.129", "ipv6-addr dest_ip 2001:db8::1",
                                            "domain-name dns.rrname evil.example"));
  EXPECT_THAT(events[1].values,
              ElementsAre("domain-name dns.answers.rrname evil.example", "ipv4-addr dns.answers.rdata 198.51.100.3",
                          "ipv4-addr dns.grouped.A 198.51.100.4"));
  EXPECT_THAT(events[2].values,
              ElementsAre("domain-name dns.query.rrname a.example", "domain-name dns.queries.rrname b.example"));
}

TEST(SuricataEve, ReadsTlsHttpFilesAndMail) {
  const auto events = read_all(
      R"({"event_type":"tls","tls":{"serial":"0F:8E","fingerprint":"2d:d1:9f:80:99:86:fc:ac:5f:2a:2a:fd:a3:f3:7e:96:)"
      R"(7c:dd:24:37","sni":"www.myedimax.com","ja3":{"hash":"b7202231ff2db28363c109cedc6d1642"},)"
      R"("ja4":"t13d1516h2_8daaf6152771_02713d6af862"}})"
      "\n"
      R"({"event_type":"http","http":{"hostname":"evil.example","http_port":8080,"url":"/x","http_user_agent":"z"}})"
      "\n"
      R"({"event_type":"fileinfo","fileinfo":{"filename":"/HNAP1/a.bin","md5":"D41D8CD98F00B204E9800998ECF8427E"}})"
      "\n"
      R"({"event_type":"smtp","smtp":{"mail_from":"<a@evil.example>","rcpt_to":["<b@x.example>"]},)"
      R"("email":{"from":"A <a@evil.example>","attachment":["invoice.exe"]}})"
      "\n");
  ASSERT_EQ(events.size(), 4u);
  EXPECT_THAT(events[0].values,
              ElementsAre("certificate-serial tls.serial F8E",
                          "certificate-sha-1 tls.fingerprint 2dd19f809986fcac5f2a2afda3f37e967cdd2437",
                          "domain-name tls.sni www.myedimax.com", "ja3 tls.ja3.hash b7202231ff2db28363c109cedc6d1642",
                          "ja4 tls.ja4 t13d1516h2_8daaf6152771_02713d6af862"));
  EXPECT_THAT(events[1].values,
              ElementsAre("domain-name http.hostname evil.example", "user-agent http.http_user_agent z",
                          "url http.url http://evil.example/x", "url http.url http://evil.example:8080/x"));
  EXPECT_THAT(events[2].values,
              ElementsAre("file-name fileinfo.filename a.bin", "md5 fileinfo.md5 d41d8cd98f00b204e9800998ecf8427e"));
  EXPECT_THAT(events[3].values,
              ElementsAre("email-addr smtp.mail_from a@evil.example", "domain-name smtp.mail_from evil.example",
                          "email-addr smtp.rcpt_to b@x.example", "domain-name smtp.rcpt_to x.example",
                          "email-addr email.from a@evil.example", "domain-name email.from evil.example",
                          "file-name email.attachment invoice.exe"));
}

TEST(SuricataEve, ReadsWhatStandsBesideTheMainFields) {
  const auto events = read_all(
      R"({"event_type":"dns","dns":{"version":3,"authorities":[{"rrname":"evil.example","soa":{"mname":"ns.evil.example"}}],)"
      R"("additionals":[{"rrname":"ns.evil.example","rdata":"198.51.100.3"}]}})"
      "\n"
      R"({"event_type":"alert","dns":{"answer":{"answers":[{"rdata":"198.51.100.3"}],"grouped":{"CNAME":["b.example"]}}}})"
      "\n"
      R"({"event_type":"smtp","email":{"url":["evil.example/Mal.exe","ftp://a.example/x"],)"
      R"("received":["from b (c.example [198.51.100.3]:25) by 1st.example; 1 Jan 12:30"]}})"
      "\n"
      R"({"event_type":"http","src_ip":"10.0.0.1","dest_ip":"198.51.100.3","dest_port":8080,"xff":"10.0.0.5",)"
      R"("http":{"url":"/x","http_refer":"http://lure.example/"}})"
      "\n"
      R"({"event_type":"tls","tls":{"subject":"OU=Domain Control, CN=www.evil.example"}})"
      "\n");
  ASSERT_EQ(events.size(), 5u);
  EXPECT_THAT(events[0].values, ElementsAre("domain-name dns.authorities.rrname evil.example",
                                            "domain-name dns.authorities.soa.mname ns.evil.example",
                                            "domain-name dns.additionals.rrname ns.evil.example",
                                            "ipv4-addr dns.additionals.rdata 198.51.100.3"));
  EXPECT_THAT(events[1].values, ElementsAre("ipv4-addr dns.answer.answers.rdata 198.51.100.3",
                                            "domain-name dns.answer.grouped.CNAME b.example"));
  EXPECT_THAT(events[2].values,
              ElementsAre("url email.url http://evil.example/Mal.exe", "domain-name email.url evil.example",
                          "url email.url https://evil.example/Mal.exe", "url email.url ftp://a.example/x",
                          "domain-name email.url a.example", "ipv4-addr email.received 198.51.100.3"));
  EXPECT_THAT(events[3].values,
              ElementsAre("ipv4-addr src_ip 10.0.0.1", "ipv4-addr dest_ip 198.51.100.3", "ipv4-addr xff 10.0.0.5",
                          "url http.http_refer http://lure.example/", "domain-name http.http_refer lure.example",
                          "url http.url http://198.51.100.3/x", "url http.url http://198.51.100.3:8080/x"));
  EXPECT_THAT(events[4].values, ElementsAre("domain-name tls.subject www.evil.example"));
}

/// "client server" of one line of EVE whose addresses are those of a server's answer.
std::string sides(std::string_view rest) {
  const auto events = read_all(R"({"src_ip":"23.218.224.154","dest_ip":"172.16.0.131",)" + std::string(rest) + "}\n");
  return events.size() == 1 ? events[0].local + ' ' + events[0].remote : "";
}

TEST(SuricataEve, KnowsTheClientWhereTheServerSentTheFile) {
  const std::string answered = "172.16.0.131 23.218.224.154", asked = "23.218.224.154 172.16.0.131";
  EXPECT_EQ(sides(R"("event_type":"fileinfo","src_port":80,"dest_port":49180,"fileinfo":{"filename":"/x"})"), answered);
  EXPECT_EQ(sides(R"("event_type":"fileinfo","src_port":8080,"dest_port":49180,"http":{"http_method":"GET"})"),
            answered);
  EXPECT_EQ(sides(R"("event_type":"fileinfo","src_port":8080,"dest_port":9180,"http":{"http_port":8080})"), answered);
  // An upload: the client sent the file.
  EXPECT_EQ(sides(R"("event_type":"fileinfo","src_port":49180,"dest_port":80,"http":{"http_method":"POST"})"), asked);
  EXPECT_EQ(sides(R"("event_type":"fileinfo","src_port":25,"dest_port":25)"), asked);
  EXPECT_EQ(sides(R"("event_type":"fileinfo")"), asked);
}

TEST(SuricataEve, KnowsTheClientWhereTheServerSentThePacketOfAnAlert) {
  const std::string answered = "172.16.0.131 23.218.224.154", asked = "23.218.224.154 172.16.0.131";
  EXPECT_EQ(sides(R"("event_type":"alert","src_port":6667,"dest_port":49180,"direction":"to_client")"), answered);
  EXPECT_EQ(sides(R"("event_type":"alert","src_port":443,"dest_port":49180)"), answered);
  EXPECT_EQ(sides(R"("event_type":"alert","src_port":6667,"dest_port":49180,"flow":{"src_ip":"172.16.0.131"})"),
            answered);
  // What says so wins over what the ports suggest.
  EXPECT_EQ(sides(R"("event_type":"alert","src_port":443,"dest_port":49180,"direction":"to_server")"), asked);
  EXPECT_EQ(sides(R"("event_type":"alert","src_port":443,"dest_port":49180,"flow":{"src_ip":"23.218.224.154"},)"
                  R"("direction":"to_client")"),
            asked);
  EXPECT_EQ(sides(R"("event_type":"alert","src_port":6667,"dest_port":49180,"flow":{"src_ip":"10.0.0.1"})"), asked);
  EXPECT_EQ(sides(R"("event_type":"alert","src_port":"","dest_port":null)"), asked);
}

TEST(LineReader, IsIndifferentToChunks) {
  const std::string text = zeek("http", "id.orig_h\thost\turi", "addr\tstring\tstring",
                                "10.0.0.1\tEvil.Example\t/a\\x20b\r\n10.0.0.2\tb.example\t/\n\n10.0.0.3\tc.example\t/");
  const auto whole = read_all(text);
  ASSERT_EQ(whole.size(), 3u);
  for (std::size_t size = 1; size < 40; ++size) {
    LineReader reader;
    Collector collector;
    const auto each = collector.each();
    for (std::size_t at = 0; at < text.size(); at += size) {
      // A copy that dies after the call: nothing may look into an earlier chunk.
      const auto chunk = std::make_unique<std::string>(text.substr(at, size));
      ASSERT_TRUE(reader.feed(*chunk, each));
    }
    ASSERT_TRUE(reader.finish(each));
    ASSERT_EQ(collector.events.size(), whole.size()) << size;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(collector.events[i].values, whole[i].values) << size;
      EXPECT_EQ(collector.events[i].line, whole[i].line) << size;
    }
    EXPECT_EQ(reader.counts().bytes, text.size());
  }
}

TEST(LineReader, RefusesWhatIsNoTelemetry) {
  for (const char* text : {"Nov 21 00:00:00 host kernel: hello\n", "{\"a\":1}\n", "{broken\n", "<xml/>\n"}) {
    LineReader reader;
    Collector collector;
    ASSERT_TRUE(reader.feed(text, collector.each()));
    const auto short_file = reader.finish(collector.each());
    ASSERT_FALSE(short_file) << text;
    EXPECT_EQ(short_file.error().id, "telemetry.unrecognised");
    EXPECT_FALSE(reader.feed("#fields\tx\n", collector.each())) << "the verdict stays";
    LineReader endless;
    Result<void> outcome;
    for (int i = 0; i < 200 && outcome; ++i) outcome = endless.feed(text, collector.each());
    ASSERT_FALSE(outcome) << text;
    EXPECT_EQ(endless.counts().lines, 100u) << "a file that does not end is not read for nothing";
  }
}

TEST(LineReader, ReadsALogThatBeginsInTheMiddleOfALine) {
  LineReader reader;
  Collector collector;
  const auto each = collector.each();
  ASSERT_TRUE(reader.feed("x\":1}\n", each));
  ASSERT_TRUE(reader.feed(R"({"event_type":"dns","src_ip":"10.0.0.1","dns":{"rrname":"evil.example"}})"
                          "\n",
                          each));
  ASSERT_TRUE(reader.finish(each));
  ASSERT_EQ(collector.events.size(), 1u);
  EXPECT_EQ(collector.events[0].line, 2u);
  EXPECT_EQ(reader.counts().lines, 2u);
  EXPECT_EQ(reader.counts().unreadable, 1u);
}

TEST(LineReader, GoesOnInTheMiddleOfALogWithItsColumnsAndItsCount) {
  LineReader reader;
  Collector collector;
  reader.resume(zeek("dns", "query", "string", "before.example\n") + "#cut off", 17);
  EXPECT_EQ(reader.counts().lines, 17u);
  EXPECT_EQ(reader.counts().bytes, 0u) << "the head was read before";
  ASSERT_TRUE(reader.feed("evil.example\n", collector.each()));
  ASSERT_EQ(collector.events.size(), 1u);
  EXPECT_THAT(collector.events[0].values, ElementsAre("domain-name query evil.example"));
  EXPECT_EQ(collector.events[0].line, 18u);
}

TEST(LineReader, GivesUpALineWithoutEndAndGoesOn) {
  LineReader reader;
  Collector collector;
  const auto each = collector.each();
  ASSERT_TRUE(reader.feed(zeek("dns", "query", "string", ""), each));
  const std::string part(1 << 20, 'a');
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(reader.feed(part, each));
  ASSERT_TRUE(reader.feed("\nevil.example\n", each));
  ASSERT_EQ(collector.events.size(), 1u);
  EXPECT_THAT(collector.events[0].values, ElementsAre("domain-name query evil.example"));
  EXPECT_EQ(reader.counts().unreadable, 1u);
  EXPECT_EQ(reader.counts().lines, 10u);
}

TEST(EventTime, IsReadInItsThreeForms) {
  const auto text = [](std::string_view t) {
    const auto time = parse_time(t);
    return time ? base::to_rfc3339(*time) : "";
  };
  EXPECT_EQ(text("1258531221.486539"), "2009-11-18T08:00:21.486539Z");
  EXPECT_EQ(text("0"), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(text("2021-06-06T16:26:27.431769+0200"), "2021-06-06T14:26:27.431769Z");
  EXPECT_EQ(text("2021-06-06T16:26:27.431769-05:30"), "2021-06-06T21:56:27.431769Z");
  EXPECT_EQ(text("2021-06-06T16:26:27Z"), "2021-06-06T16:26:27.000000Z");
  for (const char* bad : {"", "-", "abc", "1.2.3", "999999999999", "2021-06-06T16:26:27.431769+9900",
                          "2021-02-30T16:26:27Z", "2021-06-06T16:26:27+02"})
    EXPECT_EQ(text(bad), "") << bad;
}

}  // namespace
}  // namespace tocsin::telemetry
