#include "formats/lists/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/stix/foreign_data.h"

namespace tocsin::lists {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Read {
  std::vector<std::string> entries;   // "line kind value|source|description"
  std::vector<std::string> refusals;  // "line reason text"
  std::string outcome = "ok";
};

Read read_all(Format format, std::string_view text) {
  Read out;
  const Sink sink{[&](const Entry& entry) {
                    std::string line = std::to_string(entry.line) + ' ' +
                                       std::string(observable::name(entry.value.kind)) + ' ' + entry.value.text;
                    if (!entry.source.empty() || !entry.description.empty())
                      line += '|' + entry.source + '|' + entry.description;
                    out.entries.push_back(std::move(line));
                    return true;
                  },
                  [&](const Refusal& refusal) {
                    EXPECT_LE(refusal.text.size(), 200u);
                    out.refusals.push_back(std::to_string(refusal.line) + ' ' + refusal.reason + ' ' + refusal.text);
                  }};
  const auto result = read(format, text, sink);
  if (!result) out.outcome = result.error().id;
  return out;
}

std::string recognised(std::string_view head) {
  const auto format = recognise(head);
  return format ? std::string(name(*format)) : format.error().id;
}

TEST(Plain, TakesOneValueALineWithItsRemark) {
  const auto out = read_all(Format::Plain,
                            "\xEF\xBB\xBF# list\n\n ; x\n// y\n198.51.100.3\r\n  evil[.]example\t# seen by us\n"
                            "http://a.example/#part\nnonsense here\n" +
                                std::string(32, 'A'));
  EXPECT_THAT(out.entries, ElementsAre("5 ipv4-addr 198.51.100.3", "6 domain-name evil.example||seen by us",
                                       "7 url http://a.example/", "9 md5 " + std::string(32, 'a')));
  EXPECT_THAT(out.refusals, ElementsAre("8 lists.unknown_value nonsense here"));
}

TEST(Plain, PassesOverNoBreakSpacesOfEveryAlphabet) {
  EXPECT_THAT(read_all(Format::Plain,
                       "\xC2\xA0"
                       "a.example\xC2\xA0 \n\xA0"
                       "b.example\xA0\nc.example\xCA\n")
                  .entries,
              ElementsAre("1 domain-name a.example", "2 domain-name b.example", "3 domain-name c.example"));
  // The byte A0 ends this letter.
  EXPECT_THAT(read_all(Format::Csv, "filename,note\nvoil\xC3\xA0,x\n").entries,
              ElementsAre("2 file-name voil\xC3\xA0||x"));
}

TEST(Plain, TakesTheSpellingsOfCommonFeeds) {
  const std::string hash(64, 'A');
  const std::string list =
      "\"quoted.example\"\n203.0.113.12:443\n[2001:db8::1]:443\nevil.example:8443 # seen\nsha256:" + hash +
      "\n\"Bad.Guy@Evil.example\"\n\"open.example\nevil.example:port\n";
  EXPECT_EQ(recognised(list), "plain");
  const auto out = read_all(Format::Plain, list);
  EXPECT_THAT(out.entries, ElementsAre("1 domain-name quoted.example", "2 ipv4-addr 203.0.113.12",
                                       "3 ipv6-addr 2001:db8::1", "4 domain-name evil.example||seen",
                                       "5 sha-256 " + std::string(64, 'a'), "6 email-addr bad.guy@evil.example"));
  EXPECT_THAT(out.refusals,
              ElementsAre("7 lists.unknown_value \"open.example", "8 lists.unknown_value evil.example:port"));
  std::string written;
  ASSERT_TRUE(read(Format::Plain, "\"Bad.Guy@Evil.example\"\n",
                   {[&](const Entry& entry) {
                      written = entry.written;
                      return true;
                    },
                    {}}));
  EXPECT_EQ(written, "Bad.Guy@Evil.example");
}

TEST(Plain, RefusesLinesWithoutEnd) {
  const auto out = read_all(Format::Plain, std::string(100000, 'a') + "\n198.51.100.3\n");
  EXPECT_THAT(out.refusals, ElementsAre("1 lists.too_long " + std::string(200, 'a')));
  EXPECT_THAT(out.entries, ElementsAre("2 ipv4-addr 198.51.100.3"));
}

TEST(Plain, StopsWhenTheCallerHasEnough) {
  int seen = 0;
  for (const Format format : {Format::Plain, Format::Csv, Format::Hosts}) {
    seen = 0;
    const char* list =
        format == Format::Hosts ? "::1 a.example b.example\n::1 c.example\n" : "a.example\nb.example\nc.example\n";
    EXPECT_TRUE(read(format, list, {[&](const Entry&) { return ++seen < 2; }, {}}));
    EXPECT_EQ(seen, 2);
  }
}

// As StevenBlack and URLhaus publish them.
TEST(Hosts, GivesTheNamesThatAreSentNowhere) {
  const std::string_view list =
      "# Title: hosts\n\n127.0.0.1 localhost\n127.0.0.1 localhost.localdomain local\n255.255.255.255 broadcasthost\n"
      "::1 ip6-localhost\nfe80::1%lo0 localhost\nff02::1 ip6-allnodes\n0.0.0.0 0.0.0.0\n"
      "127.0.0.1\tbad1.example\n0.0.0.0 Bad2.example www.bad2.example # seen by us\r\n:: bad3.example\n";
  EXPECT_EQ(recognised(list), "hosts");
  const auto out = read_all(Format::Hosts, list);
  EXPECT_THAT(out.entries, ElementsAre("10 domain-name bad1.example", "11 domain-name bad2.example||seen by us",
                                       "11 domain-name www.bad2.example||seen by us", "12 domain-name bad3.example"));
  EXPECT_THAT(out.refusals, IsEmpty());
}

TEST(Hosts, RefusesWhatIsNoNameSentNowhere) {
  const auto out = read_all(Format::Hosts,
                            "198.51.100.3 bank.example\n0.0.0.0 bad..example good.example\n127.0.0.1\n"
                            "bad.example\n" +
                                std::string(100000, 'a') + "\n");
  EXPECT_THAT(out.entries, ElementsAre("2 domain-name good.example"));
  EXPECT_THAT(out.refusals,
              ElementsAre("1 lists.unknown_value 198.51.100.3 bank.example",
                          "2 lists.unknown_value 0.0.0.0 bad..example good.example", "3 lists.unknown_value 127.0.0.1",
                          "4 lists.unknown_value bad.example", "5 lists.too_long " + std::string(200, 'a')));
}

// A table whose first column is where a name was seen.
TEST(Hosts, IsNoTableOfAddressesAndNames) {
  EXPECT_EQ(recognised("198.51.100.3\tevil.example\n198.51.100.4\tbad.example\n"), "csv");
  EXPECT_EQ(recognised("127.0.0.1\n0.0.0.0\n"), "plain");
}

TEST(ZeekIntel, KeepsWhatWasWrittenWhereTheNormalFormLosesTheCase) {
  std::vector<std::string> written;
  ASSERT_TRUE(read(Format::ZeekIntel,
                   "#fields\tindicator_type\tindicator\nIntel::FILE_NAME\tInvoice.EXE\nIntel::FILE_NAME\tinvoice.exe\n"
                   "Intel::SOFTWARE\tEvilBot/1.0\nIntel::EMAIL\tBad.Guy@Evil.Example\nIntel::DOMAIN\tEvil.Example\n",
                   {[&](const Entry& entry) {
                      written.push_back(entry.value.text + "|" + entry.written);
                      return true;
                    },
                    [](const Refusal& refused) { ADD_FAILURE() << refused.text; }}));
  EXPECT_THAT(written, ElementsAre("invoice.exe|Invoice.EXE", "invoice.exe|", "evilbot/1.0|EvilBot/1.0",
                                   "bad.guy@evil.example|Bad.Guy@Evil.Example", "evil.example|"));
}

TEST(ZeekIntel, TakesTheTypeAtItsWord) {
  const auto out = read_all(Format::ZeekIntel,
                            "#separator \\x09\n#fields\tindicator_type\tindicator\tmeta.source\tmeta.desc\n"
                            "Intel::ADDR\t198.51.100.3\tus\tbot\nIntel::SUBNET\t198.51.100.0/24\t-\t-\n"
                            "Intel::URL\tevil.example/path\tus\t-\nIntel::DOMAIN\tEvil.Example\t\t\n"
                            "Intel::FILE_HASH\t" +
                                std::string(40, 'a') + "\nIntel::CERT_HASH\t" + std::string(40, 'b') +
                                "\nIntel::SOFTWARE\tevil/1.0\nIntel::JA3\t" + std::string(32, 'c') +
                                "\nIntel::USER_NAME\troot\nIntel::ADDR\tevil.example\nIntel::DOMAIN\n");
  EXPECT_THAT(out.entries, ElementsAre("3 ipv4-addr 198.51.100.3|us|bot", testing::StartsWith("4 ipv4-"),
                                       "5 url http://evil.example/path|us|", "6 domain-name evil.example",
                                       "7 sha-1 " + std::string(40, 'a'), testing::HasSubstr(std::string(40, 'b')),
                                       testing::HasSubstr("evil/1.0"), testing::HasSubstr(std::string(32, 'c'))));
  EXPECT_THAT(out.refusals,
              ElementsAre("11 lists.unknown_type Intel::USER_NAME\troot",
                          "12 lists.unknown_value Intel::ADDR\tevil.example", "13 lists.unknown_value Intel::DOMAIN"));
}

TEST(ZeekIntel, NeedsItsFields) {
  EXPECT_EQ(read_all(Format::ZeekIntel, "198.51.100.3\tIntel::ADDR\n").outcome, "lists.no_fields");
  EXPECT_EQ(read_all(Format::ZeekIntel, "#fields\ta\tb\nx\ty\n").outcome, "lists.no_fields");
}

TEST(Csv, UnderstandsAHeader) {
  EXPECT_THAT(read_all(Format::Csv,
                       "Date,Type,Indicator,Comment\n2026-01-01,domain,evil.example,\"a, \"\"b\"\"\nc\"\n"
                       "2026-01-01,IPv4,evil.example,x\n2026-01-01,wallet,1abc,x\n,,,\n"
                       "2026-01-01,FileHash-SHA256," +
                           std::string(64, 'A') + ",\n")
                  .entries,
              ElementsAre("2 domain-name evil.example||a, \"b\"\nc", "7 sha-256 " + std::string(64, 'a')));
  EXPECT_THAT(read_all(Format::Csv, "Date,Type,Indicator\nx,IPv4,evil.example\nx,wallet,1abc\n,,\n").refusals,
              ElementsAre("2 lists.unknown_value x,IPv4,evil.example", "3 lists.unknown_type x,wallet,1abc",
                          "4 lists.unknown_value ,,"));
}

// As MISP exports attributes.
TEST(Csv, TakesOfAPairWhatCanBeLookedForByItself) {
  const std::string hash(64, 'a');
  const auto out =
      read_all(Format::Csv,
               "uuid,event_id,category,type,value,comment,to_ids,date\n"
               "1,1,x,ip-dst|port,198.51.100.7|443,c2,1,1\n1,1,x,ip-src|port,2001:DB8::1|80,,1,1\n"
               "1,1,x,domain|ip,Evil.example|198.51.100.8,,1,1\n"
               "1,1,x,hostname|port,www.evil.example|8443,,1,1\n1,1,x,filename|sha256,a.exe|" +
                   hash + ",,1,1\n1,1,x,filename|md5,a.exe|" + hash + ",,1,1\n1,1,x,ip-dst|port,198.51.100.9,,1,1\n");
  EXPECT_THAT(out.entries,
              ElementsAre("2 ipv4-addr 198.51.100.7||c2", "3 ipv6-addr 2001:db8::1", "4 domain-name evil.example",
                          "5 domain-name www.evil.example", "6 sha-256 " + hash));
  EXPECT_THAT(out.refusals, ElementsAre("7 lists.unknown_value 1,1,x,filename|md5,a.exe|" + hash + ",,1,1",
                                        "8 lists.unknown_value 1,1,x,ip-dst|port,198.51.100.9,,1,1"));
}

TEST(Csv, TakesEveryColumnOfValues) {
  EXPECT_THAT(read_all(Format::Csv,
                       "domain;ip;md5;note\nEvil.example;198.51.100.3;;n\n;2001:DB8::1;" + std::string(32, 'A') + ";\n")
                  .entries,
              ElementsAre("2 domain-name evil.example||n", "2 ipv4-addr 198.51.100.3||n", "3 ipv6-addr 2001:db8::1",
                          "3 md5 " + std::string(32, 'a')));
}

TEST(Csv, TakesTheFirstKnownCellWhereThereIsNoHeader) {
  const auto out = read_all(Format::Csv, "2026-01-01 10:00:00,\"198[.]51.100.3\",evil.example\n1,2\n");
  EXPECT_THAT(out.entries, ElementsAre("1 ipv4-addr 198.51.100.3"));
  EXPECT_THAT(out.refusals, ElementsAre("2 lists.unknown_value 1,2"));
}

// The word of a type in the first row makes no header of a row that holds a value.
TEST(Csv, TakesATypeBesideItsValueAtItsWordWhereThereIsNoHeader) {
  const std::string_view list =
      "domain,evil1.example,trojan\nip,198.51.100.9,c2\nurl,http://evil3.example/x,phishing\n"
      "dropper.example,filename,x\n198.51.100.10,c2,host\n";
  EXPECT_EQ(recognised(list), "csv");
  const auto out = read_all(Format::Csv, list);
  EXPECT_THAT(out.entries,
              ElementsAre("1 domain-name evil1.example", "2 ipv4-addr 198.51.100.9", "3 url http://evil3.example/x",
                          "4 file-name dropper.example", "5 ipv4-addr 198.51.100.10"));
  EXPECT_THAT(out.refusals, IsEmpty());
}

// As ThreatFox exports them: the header is a comment, and behind the value stands a link to what is known of it.
TEST(Csv, TakesAnAddressWithItsPortAndNotTheLinkBehindIt) {
  const auto out = read_all(Format::Csv,
                            "# \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\",\"reference\"\n"
                            "\"2026-01-01 10:00:00\", \"17\", \"198.51.100.9:443\", \"ip:port\", "
                            "\"https://report.example/17\"\n"
                            "\"2026-01-01 10:00:00\", \"18\", \"[2001:db8::1]:443\", \"ip:port\", \"\"\n"
                            "\"2026-01-01 10:00:00\", \"19\", \"evil.example:443\", \"ip:port\", \"\"\n");
  EXPECT_THAT(out.entries, ElementsAre("2 ipv4-addr 198.51.100.9", "3 ipv6-addr 2001:db8::1"));
  EXPECT_EQ(out.refusals.size(), 1u);
}

TEST(Csv, RefusesARowWhoseTypeAndValueDisagree) {
  const auto out = read_all(Format::Csv, "ip,evil.example,x\ndomain,c2,x\nevil.example,md5,x\n1.example,x,md5\n");
  EXPECT_THAT(out.entries, ElementsAre("4 domain-name 1.example"));
  EXPECT_THAT(out.refusals, ElementsAre("1 lists.unknown_value ip,evil.example,x", "2 lists.unknown_value domain,c2,x",
                                        "3 lists.unknown_value evil.example,md5,x"));
}

// The first row names a type beside something unreadable, and so is a header after all, of a column of types.
TEST(Csv, MakesNoValueOfATypeWord) {
  const auto out = read_all(Format::Csv, "domain,1abc,x\nip,198.51.100.9,c2\nurl,http://evil3.example/x,x\n");
  EXPECT_THAT(out.entries, IsEmpty());
  EXPECT_THAT(out.refusals, ElementsAre("2 lists.unknown_value ip,198.51.100.9,c2",
                                        "3 lists.unknown_value url,http://evil3.example/x,x"));
  EXPECT_THAT(read_all(Format::Csv, "filename,1abc\nmd5,x\nfilename,y\n").entries, IsEmpty());
}

TEST(Csv, LosesNoMoreThanItsCellToAStrayQuote) {
  std::string text = "domain,note\na.example,\"open\n";
  for (int i = 0; i < 10000; ++i) text += "b.example,x\n";
  const auto out = read_all(Format::Csv, text);
  EXPECT_EQ(out.entries.size(), 10001u);
  EXPECT_THAT(out.entries.front(), "2 domain-name a.example||open");
}

TEST(Csv, ReadsAHostileFileInLinearTime) {
  // Each line opens a quote that no later one closes.
  std::string text = "domain,note\n";
  for (int i = 0; i < 200000; ++i) text += "a\"b,\"\n";
  EXPECT_EQ(read_all(Format::Csv, text).refusals.size(), 200000u);
}

TEST(Csv, EndsAQuoteAtTheEndOfTheFile) {
  EXPECT_THAT(read_all(Format::Csv, "domain,note\r\na.example,\"open").entries,
              ElementsAre("2 domain-name a.example||open"));
  EXPECT_THAT(read_all(Format::Csv, "domain\r\na.example\r\n").entries, ElementsAre("2 domain-name a.example"));
  EXPECT_THAT(read_all(Format::Csv, "domain,note\n\"a.example\",\"\"\n").entries,
              ElementsAre("2 domain-name a.example"));
}

TEST(Recognise, TellsTheFormatsApart) {
  EXPECT_EQ(recognised(R"({"type":"bundle","id":"bundle--1","objects":[]})"), "stix");
  EXPECT_EQ(recognised("#fields\tindicator\tindicator_type\n"), "zeek-intel");
  EXPECT_EQ(recognised("#separator \\x09\n#fields\tindicator\tindicator_type\n"), "zeek-intel");
  EXPECT_EQ(recognised("# c\nDate,Indicator\n1,2\n"), "csv");
  EXPECT_EQ(recognised("indicator\nevil.example\n"), "csv");
  EXPECT_EQ(recognised("http://evil.example/a,2026-01-01,bad\nhttp://evil.example/b,2026-01-01,bad\n"), "csv");
  EXPECT_EQ(recognised("http://evil.example/a,b\nhttp://evil.example/c\nhttp://evil.example/d\n"), "plain");
  EXPECT_EQ(recognised("\n198.51.100.3 # c\n"), "plain");
  for (const char* head : {"", "# only\n", "hello\n", "a,b\n", "<html>\n", "{\"a\":1}\n",
                           "\x7f"
                           "ELF\x02\x01"})
    EXPECT_EQ(recognised(head), "lists.unrecognised") << head;
}

TEST(Formats, HaveNames) {
  for (const Format format : {Format::StixBundle, Format::ZeekIntel, Format::Csv, Format::Hosts, Format::Plain})
    EXPECT_EQ(format_from_name(name(format)), format);
  EXPECT_EQ(format_from_name("xml"), std::nullopt);
  EXPECT_EQ(read_all(Format::StixBundle, "{}").outcome, "lists.unrecognised");
}

// Lists by others: what is refused there is counted, so that a reader that grows narrower is noticed.
TEST(ForeignLists, AreReadWhole) {
  struct Expected {
    const char* file;
    Format format;
    std::size_t entries, refusals;
  };
  const Expected lists[] = {
      {"ioc/malicious-domains-full.txt.xz", Format::Plain, 195010, 2},
      {"ioc/malicious-hash-full.txt", Format::Plain, 4695, 0},
      {"ioc/malicious-ip-full.txt.xz", Format::Plain, 552293, 0},
      {"ioc/unit42-emotet-sha256.txt.xz", Format::Plain, 18347, 8},
      {"ioc/unit42-silverterrier-domains18.csv.xz", Format::Csv, 18623, 0},
      {"ioc/zeek-intel/Amnesty_NSO_Domains.intel", Format::ZeekIntel, 1424, 0},
      {"ioc/zeek-intel/abuse-ch-ipblocklist.intel", Format::ZeekIntel, 7980, 0},
      {"ioc/zeek-intel/abuse-ch-malware.intel", Format::ZeekIntel, 828, 0},
      {"ioc/zeek-intel/abuse-ch-threatfox-ip.intel", Format::ZeekIntel, 3493, 0},
      {"ioc/zeek-intel/alienvault.intel", Format::ZeekIntel, 609, 0},
      {"ioc/zeek-intel/cobaltstrike_ips.intel", Format::ZeekIntel, 2087, 0},
      {"ioc/zeek-intel/drb_ra_domain.intel", Format::ZeekIntel, 61, 0},
      {"ioc/zeek-intel/fangxiao.intel.xz", Format::ZeekIntel, 39410, 0},
      {"ioc/zeek-intel/openphish.intel", Format::ZeekIntel, 300, 0},
      {"ioc/zeek-intel/sans.intel.xz", Format::ZeekIntel, 106404, 0},
      {"ioc/zeek-intel/shadowwhisperer-malware.intel.xz", Format::ZeekIntel, 43698, 0},
      {"ioc/zeek-intel/stalkerware.intel", Format::ZeekIntel, 2539, 0},
      {"ioc/zeek-intel/tor-exit.intel", Format::ZeekIntel, 3251, 0},
      {"ioc/zeek-intel/tweetfeed.intel", Format::ZeekIntel, 250, 0},
  };
  for (const auto& list : lists) {
    const std::string text = stix::read_foreign(stix::foreign_data() + '/' + list.file);
    if (text.empty()) GTEST_SKIP() << "no file " << stix::foreign_data() << '/' << list.file << " (TOCSIN_DATA)";
    const auto format = recognise(text);
    ASSERT_TRUE(format) << list.file;
    EXPECT_EQ(*format, list.format) << list.file;
    std::size_t entries = 0, refusals = 0;
    std::string first;
    const auto result = read(*format, text,
                             {[&](const Entry&) { return ++entries > 0; },
                              [&](const Refusal& refusal) {
                                if (refusals++ < 8) first += std::to_string(refusal.line) + ' ' + refusal.text + '\n';
                              }});
    EXPECT_TRUE(result) << list.file;
    EXPECT_EQ(entries, list.entries) << list.file;
    EXPECT_EQ(refusals, list.refusals) << list.file << '\n' << first;
  }
}

}  // namespace
}  // namespace tocsin::lists
