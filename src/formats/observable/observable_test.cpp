#include "formats/observable/observable.h"

#include <gtest/gtest.h>

namespace tocsin::observable {
namespace {

std::string normal(Kind kind, std::string_view text) {
  return normalise(kind, text).value_or("<none>");
}

TEST(Kinds, HaveNamesThatLeadBack) {
  for (int i = 1; i <= 20; ++i) {
    const auto kind = static_cast<Kind>(i);
    ASSERT_FALSE(name(kind).empty()) << i;
    EXPECT_EQ(kind_from_name(name(kind)), kind);
  }
  EXPECT_EQ(kind_from_name("weather"), std::nullopt);
  EXPECT_EQ(name(static_cast<Kind>(0)), "");
}

TEST(Refang, UndoesTheUsualMarks) {
  EXPECT_EQ(refang("hxxp://evil[.]example"), "http://evil.example");
  EXPECT_EQ(refang("hXXps[:]//evil(.)example/a"), "https://evil.example/a");
  EXPECT_EQ(refang("hxxps[://]evil{.}example"), "https://evil.example");
  EXPECT_EQ(refang("a(at)b[dot]c"), "a@b.c");
  EXPECT_EQ(refang("198[.]51[.]100[.]3"), "198.51.100.3");
  EXPECT_EQ(refang("evil\\.example"), "evil.example");
  EXPECT_EQ(refang("fxp://x.example"), "ftp://x.example");
}

TEST(Refang, LeavesPlainTextAlone) {
  EXPECT_EQ(refang("http://good.example/a[1](2)"), "http://good.example/a[1](2)");
  EXPECT_EQ(refang("the hxxp: inside"), "the hxxp: inside");
  EXPECT_EQ(refang(""), "");
}

TEST(Domain, IsLowerCasePunycodeWithoutTrailingDot) {
  EXPECT_EQ(normal(Kind::Domain, "WWW.Example.ORG."), "www.example.org");
  EXPECT_EQ(normal(Kind::Domain,
                   "b\xC3\xBC"
                   "cher.example"),
            "xn--bcher-kva.example");
  EXPECT_EQ(normal(Kind::Domain,
                   "B\xC3\x9C"
                   "CHER.example"),
            "xn--bcher-kva.example");
  // Non-transitional IDNA 2008 keeps the sharp s, which IDNA 2003 wrote as "ss".
  EXPECT_EQ(normal(Kind::Domain, "fa\xC3\x9F.example"), "xn--fa-hia.example");
  EXPECT_EQ(normal(Kind::Domain, "_dmarc.example.org"), "_dmarc.example.org");
  EXPECT_EQ(normal(Kind::Domain, "r3---sn-4g5e6n7k.googlevideo.com"), "r3---sn-4g5e6n7k.googlevideo.com");
  EXPECT_EQ(normal(Kind::Domain, "WORKGROUP"), "workgroup");
}

TEST(Domain, RefusesWhatIsNone) {
  for (const char* text : {"", ".", "a..b", ".a", "a b.example", "*.example.org", "198.51.100.3", "1.2.3.4.",
                           "evil.example:80", "evil/example", "a@b.c", "\xFF.example", "evil[.]example"})
    EXPECT_EQ(normalise(Kind::Domain, text), std::nullopt) << text;
  EXPECT_EQ(normalise(Kind::Domain, std::string_view("a\0b.example", 11)), std::nullopt);
  EXPECT_EQ(normalise(Kind::Domain, std::string_view("\xC3\xBC\0b.example", 12)), std::nullopt);
  // Full-width digits turn into an address only in IDNA's mapping.
  EXPECT_EQ(normalise(Kind::Domain, "\xEF\xBC\x91.2.3.4"), std::nullopt);
}

TEST(Domain, KeepsTheLimitsOfTheDns) {
  const std::string label63(63, 'a');
  EXPECT_TRUE(normalise(Kind::Domain, label63 + ".example"));
  EXPECT_FALSE(normalise(Kind::Domain, label63 + "a.example"));
  const std::string name253 = label63 + '.' + label63 + '.' + label63 + '.' + std::string(61, 'b');
  EXPECT_TRUE(normalise(Kind::Domain, name253));
  EXPECT_TRUE(normalise(Kind::Domain, name253 + '.'));
  EXPECT_FALSE(normalise(Kind::Domain, name253 + 'b'));
}

TEST(Url, HasOneForm) {
  EXPECT_EQ(normal(Kind::Url, "HTTP://Evil.Example"), "http://evil.example/");
  EXPECT_EQ(normal(Kind::Url, "https://evil.example:443/A?b=C#frag"), "https://evil.example/A?b=C");
  EXPECT_EQ(normal(Kind::Url, "http://evil.example:8080?x"), "http://evil.example:8080/?x");
  EXPECT_EQ(normal(Kind::Url, "http://user:pw@evil.example/"), "http://evil.example/");
  EXPECT_EQ(normal(Kind::Url, "http://bank.example@evil.example:80/"), "http://evil.example/");
  EXPECT_EQ(normal(Kind::Url, "http://[2001:DB8:0::1]:80/"), "http://[2001:db8::1]/");
  EXPECT_EQ(normal(Kind::Url, "http://[::ffff:198.51.100.3]/"), "http://198.51.100.3/");
  EXPECT_EQ(normal(Kind::Url, "http://198.51.100.3:0080/x"), "http://198.51.100.3/x");
  EXPECT_EQ(normal(Kind::Url, "http://evil.example/a b\xC3\xBC%c3"), "http://evil.example/a%20b%C3%BC%C3");
  EXPECT_EQ(normal(Kind::Url,
                   "http://b\xC3\xBC"
                   "cher.example/"),
            "http://xn--bcher-kva.example/");
  EXPECT_EQ(normal(Kind::Url, "ftp://evil.example:21/a;b='1'|{2}^`[3]\\"), "ftp://evil.example/a;b='1'|{2}^`[3]\\");
}

TEST(Url, RefusesWhatIsNone) {
  for (const char* text :
       {"", "evil.example/path", "http:/evil.example", "http:///path", "http://", "://x", "1http://x.example/",
        "http://evil.example:99999/", "http://evil.example:0/", "http://evil.example:8a/", "http://a b.example/",
        "http://1.2.3.999/", "http://2001:db8::1/", "http://[1.2.3.4]/", "http://[::1/", "http://evil.example/\n",
        "http://evil\\.example/", "javascript://\n/"})
    EXPECT_EQ(normalise(Kind::Url, text), std::nullopt) << text;
  EXPECT_EQ(normalise(Kind::Url, "http://x.example/" + std::string(20000, 'a')), std::nullopt);
}

TEST(Url, TellsItsHost) {
  EXPECT_EQ(url_host("http://evil.example/x"), (Value{Kind::Domain, "evil.example"}));
  EXPECT_EQ(url_host("http://198.51.100.3:8080/"), (Value{Kind::Ipv4, "198.51.100.3"}));
  EXPECT_EQ(url_host("https://[2001:db8::1]:8443/"), (Value{Kind::Ipv6, "2001:db8::1"}));
  EXPECT_EQ(url_host("no url"), std::nullopt);
}

TEST(Hashes, AreLowerHexOfTheRightLength) {
  const std::string upper(64, 'A');
  EXPECT_EQ(normal(Kind::Sha256, upper), std::string(64, 'a'));
  EXPECT_EQ(normalise(Kind::Sha1, upper), std::nullopt);
  EXPECT_EQ(normalise(Kind::Md5, "g" + std::string(31, '0')), std::nullopt);
  EXPECT_EQ(normal(Kind::CertificateSha1, "2D:d1:9f:80:99:86:fc:ac:5f:2a:2a:fd:a3:f3:7e:96:7c:dd:24:37"),
            "2dd19f809986fcac5f2a2afda3f37e967cdd2437");
  EXPECT_EQ(normalise(Kind::CertificateSha1, "2d:d1:9f:80"), std::nullopt);
  EXPECT_EQ(normalise(Kind::CertificateSha1, "2:dd19f:809986fcac5f2a2afda3f37e967cdd2437"), std::nullopt);
}

TEST(CertificateSerial, IsUpperHexWithoutLeadingZeros) {
  EXPECT_EQ(normal(Kind::CertificateSerial, "0a:ff:01"), "AFF01");
  EXPECT_EQ(normal(Kind::CertificateSerial, "00cc57fe54011e"), "CC57FE54011E");
  EXPECT_EQ(normal(Kind::CertificateSerial, "000"), "0");
  EXPECT_EQ(normalise(Kind::CertificateSerial, ""), std::nullopt);
  EXPECT_EQ(normalise(Kind::CertificateSerial, "-1"), std::nullopt);
}

TEST(Email, IsLowerCase) {
  EXPECT_EQ(normal(Kind::Email, "John.Doe@Example.ORG"), "john.doe@example.org");
  for (const char* text : {"@example.org", "a@", "a b@example.org", "a@b@c", "<a@b.example>", "a@1.2.3.4"})
    EXPECT_EQ(normalise(Kind::Email, text), std::nullopt) << text;
}

TEST(FileName, IsTheLastComponent) {
  EXPECT_EQ(normal(Kind::FileName, "C:\\Users\\x\\Invoice.EXE"), "invoice.exe");
  EXPECT_EQ(normal(Kind::FileName, "/tmp/.a/b"), "b");
  EXPECT_EQ(normalise(Kind::FileName, "/tmp/"), std::nullopt);
  EXPECT_EQ(normalise(Kind::FileName, ".."), std::nullopt);
  EXPECT_EQ(normalise(Kind::FileName,
                      "a\x01"
                      "b"),
            std::nullopt);
}

TEST(Ja4, HasItsShape) {
  EXPECT_EQ(normal(Kind::Ja4, "t13d1516h2_8DAAF6152771_02713d6af862"), "t13d1516h2_8daaf6152771_02713d6af862");
  EXPECT_EQ(normalise(Kind::Ja4, "t13d1516h2-8daaf6152771-02713d6af862"), std::nullopt);
  EXPECT_EQ(normalise(Kind::Ja4, "t13d1516h2_8daaf615277g_02713d6af862"), std::nullopt);
}

TEST(UserAgent, IsLowerCaseAndMustBeText) {
  EXPECT_EQ(normal(Kind::UserAgent, " Mozilla/4.0  (\xC3\x9C) "), " mozilla/4.0  (\xC3\x9C) ")
      << "letters of ASCII only";
  EXPECT_EQ(normalise(Kind::UserAgent, "a\xFF"), std::nullopt);
  EXPECT_EQ(normalise(Kind::UserAgent, "a\x1b[31m"), std::nullopt);
  EXPECT_EQ(normalise(Kind::UserAgent, ""), std::nullopt);
}

TEST(Recognise, GuessesFromTheFormAlone) {
  const auto is = [](std::string_view text, Kind kind, std::string_view normal_text) {
    const auto value = recognise(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(name(value->kind), name(kind)) << text;
    EXPECT_EQ(value->text, normal_text);
  };
  is(" 198[.]51.100.3\r\n", Kind::Ipv4, "198.51.100.3");
  is("198.51.100.77/24", Kind::Ipv4Range, "198.51.100.0/24");
  is("2001:DB8::/32", Kind::Ipv6Range, "2001:db8::/32");
  is("hxxps://Evil[.]example/x", Kind::Url, "https://evil.example/x");
  is("a(at)b[.]example", Kind::Email, "a@b.example");
  is("Evil[.]Example", Kind::Domain, "evil.example");
  is("D41D8CD98F00B204E9800998ECF8427E", Kind::Md5, "d41d8cd98f00b204e9800998ecf8427e");
  is(std::string(40, 'b'), Kind::Sha1, std::string(40, 'b'));
  is(std::string(64, 'b'), Kind::Sha256, std::string(64, 'b'));
  is(std::string(128, 'b'), Kind::Sha512, std::string(128, 'b'));
  // The form alone does not say whether a mailbox exists.
  is("a@b", Kind::Email, "a@b");
  for (const char* text : {"", "  ", "localhost", "999.1.1.1", "hello world", "http://", "1.2.3.4/33", "@"})
    EXPECT_EQ(recognise(text), std::nullopt) << text;
}

TEST(Recognise, TakesTheHostBeforeAPort) {
  const auto host = [](std::string_view text) {
    const auto value = recognise(text);
    return value ? std::string(name(value->kind)) + " " + value->text : "none";
  };
  EXPECT_EQ(host("203.0.113.12:443"), "ipv4-addr 203.0.113.12");
  EXPECT_EQ(host("203[.]0.113.12[:]443"), "ipv4-addr 203.0.113.12");
  EXPECT_EQ(host("[2001:DB8::1]:443"), "ipv6-addr 2001:db8::1");
  EXPECT_EQ(host("[2001:db8:0::1]"), "ipv6-addr 2001:db8::1");
  EXPECT_EQ(host("Evil.example:8443"), "domain-name evil.example");
  for (const char* text :
       {"203.0.113.12:", "203.0.113.12:0", "203.0.113.12:65536", "203.0.113.12:44x", "203.0.113.12:443:1",
        "999.1.1.1:80", "[203.0.113.12]:443", "[2001:db8::1]x", "[2001:db8::1", "localhost:80", "10:30", ":443",
        "evil.example:http", "root:x@evil.example:22", "evil.example:80/path", "203.0.113.0/24:80"})
    EXPECT_EQ(host(text), "none") << text;
}

TEST(Recognise, TakesAHashBehindTheNameOfItsAlgorithm) {
  const std::string md5(32, 'A'), sha1(40, 'b'), sha256(64, 'c'), sha512(128, 'd');
  EXPECT_EQ(recognise("MD5:" + md5), (Value{Kind::Md5, std::string(32, 'a')}));
  EXPECT_EQ(recognise("sha1:" + sha1), (Value{Kind::Sha1, sha1}));
  EXPECT_EQ(recognise("sha256: " + sha256), (Value{Kind::Sha256, sha256}));
  EXPECT_EQ(recognise("SHA-256:" + sha256), (Value{Kind::Sha256, sha256}));
  EXPECT_EQ(recognise("sha512:" + sha512), (Value{Kind::Sha512, sha512}));
  for (const std::string& text : {"md5:" + sha256, "sha256:" + md5, "crc32:" + md5, std::string("md5:")})
    EXPECT_EQ(recognise(text), std::nullopt) << text;
}

TEST(IsNormal, SaysYesOnlyToNormalForms) {
  EXPECT_TRUE(is_normal(Kind::Domain, "evil.example"));
  EXPECT_FALSE(is_normal(Kind::Domain, "Evil.example"));
  EXPECT_FALSE(is_normal(Kind::Domain, "evil.example."));
  EXPECT_TRUE(is_normal(Kind::Ipv4, "198.51.100.3"));
  EXPECT_FALSE(is_normal(Kind::Ipv4, "198.51.100.03"));
  EXPECT_FALSE(is_normal(Kind::Ipv4, "198.51.100.256"));
  EXPECT_TRUE(is_normal(Kind::Ipv6, "2001:db8::1"));
  EXPECT_TRUE(is_normal(Kind::Ipv6, "::"));
  EXPECT_FALSE(is_normal(Kind::Ipv6, "2001:db8:0::1"));
  EXPECT_FALSE(is_normal(Kind::Ipv6, "::ffff:198.51.100.3"));
  EXPECT_FALSE(is_normal(Kind::Ipv6, "198.51.100.3"));
  EXPECT_TRUE(is_normal(Kind::Url, "http://evil.example/a%2F"));
  EXPECT_FALSE(is_normal(Kind::Url, "http://evil.example/a%2f"));
  EXPECT_FALSE(is_normal(Kind::Url, "http://evil.example:80/"));
  EXPECT_TRUE(is_normal(Kind::FileName, "a.exe"));
  EXPECT_FALSE(is_normal(Kind::FileName, "A.exe"));
  EXPECT_FALSE(is_normal(Kind::UserAgent, "Curl/7"));
  EXPECT_FALSE(is_normal(Kind::FileName, "x/a.exe"));
}

TEST(CaseOfLetters, MeansNothingForTheseKindsAndIsAllThatMayDiffer) {
  EXPECT_TRUE(is_normal_but_for_case(Kind::FileName, "A.exe"));
  EXPECT_FALSE(is_normal_but_for_case(Kind::FileName, "x/A.exe"));
  EXPECT_TRUE(is_normal_but_for_case(Kind::UserAgent, "Curl/7"));
  EXPECT_FALSE(is_normal_but_for_case(Kind::UserAgent, "Curl\x01"));
  EXPECT_TRUE(is_normal_but_for_case(Kind::Email, "Bad.Guy@evil.example"));
  for (const char* text : {"Bad.Guy@Evil.example", "@evil.example", "Bad Guy@evil.example", "evil.example"})
    EXPECT_FALSE(is_normal_but_for_case(Kind::Email, text)) << text;
  EXPECT_FALSE(is_normal_but_for_case(Kind::Domain, "Evil.example"));
  EXPECT_FALSE(case_means_nothing(Kind::RegistryKey));
  EXPECT_EQ(normal(Kind::Url, "http://evil.example/AbC"), "http://evil.example/AbC") << "an export must still work";
}

TEST(PrivateAddresses, AreThoseThatOnlyTheirOwnNetworkKnows) {
  for (const char* text :
       {"10.0.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "127.0.0.1", "fd00::1", "fe80::1"})
    EXPECT_TRUE(is_private_address(text)) << text;
  for (const char* text :
       {"172.32.0.1", "8.8.8.8", "224.0.0.251", "255.255.255.255", "203.0.113.1", "2001:db8::1", "x"})
    EXPECT_FALSE(is_private_address(text)) << text;
}

}  // namespace
}  // namespace tocsin::observable
