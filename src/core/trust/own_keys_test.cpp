#include "core/trust/own_keys.h"

#include <gtest/gtest.h>

#include "ground/base/file.h"
#include "ground/crypto/certificate.h"
#include "tests/support/folder.h"

namespace tocsin::trust {
namespace {

class BrowsersCertificate : public ::testing::Test {
 protected:
  BrowsersCertificate() { EXPECT_TRUE(keys_.save(folder())); }
  std::string folder() const { return folder_.file("keys"); }
  bool renew(const std::vector<std::string>& names, Time now) {
    const auto renewed = keys_.renew_people_tls(folder(), names, now);
    EXPECT_TRUE(renewed) << base::describe(renewed.error());
    return renewed && *renewed;
  }

  test_support::TemporaryFolder folder_;
  OwnKeys keys_ = OwnKeys::generate({"node.example", "192.0.2.1"}).value();
  const Time now_ = base::system_clock().now();
};

TEST_F(BrowsersCertificate, IsLeftAloneWhileItIsGood) {
  const std::string before = keys_.people_tls.certificate_pem;
  EXPECT_FALSE(renew({"node.example", "192.0.2.1"}, now_));
  EXPECT_FALSE(renew({"192.0.2.1"}, now_ + base::days(300)));
  EXPECT_EQ(keys_.people_tls.certificate_pem, before);
}

TEST_F(BrowsersCertificate, IsIssuedAnewForTheSameKeyBeforeItEnds) {
  const crypto::TlsIdentity before = keys_.people_tls;
  ASSERT_TRUE(renew({"node.example"}, now_ + base::days(310)));
  EXPECT_NE(keys_.people_tls.certificate_pem, before.certificate_pem);
  EXPECT_TRUE(crypto::is_issued_by(keys_.people_tls.certificate_pem, keys_.authority.certificate_pem));
  EXPECT_EQ(crypto::spki_pin(keys_.people_tls.certificate_pem).value(),
            crypto::spki_pin(before.certificate_pem).value());
  const auto loaded = OwnKeys::load(folder());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->people_tls.certificate_pem, keys_.people_tls.certificate_pem);
}

TEST_F(BrowsersCertificate, IsIssuedAnewForANewName) {
  ASSERT_TRUE(renew({"node.example", "soc.example", "2001:db8::7"}, now_));
  for (const char* name : {"node.example", "soc.example", "2001:db8::7"})
    EXPECT_TRUE(crypto::names_server(keys_.people_tls.certificate_pem, name)) << name;
  EXPECT_FALSE(crypto::names_server(keys_.people_tls.certificate_pem, "192.0.2.1"));
}

TEST_F(BrowsersCertificate, OfTheOperatorStays) {
  keys_.people_tls = crypto::make_self_signed("soc.example", 1);
  EXPECT_FALSE(renew({"node.example"}, now_));
}

TEST_F(BrowsersCertificate, CannotBeIssuedForANameThatIsNone) {
  const std::string before = keys_.people_tls.certificate_pem;
  const auto refused = keys_.renew_people_tls(folder(), {"not a name"}, now_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().id, "crypto.bad_server_name");
  EXPECT_EQ(keys_.people_tls.certificate_pem, before);
}

}  // namespace
}  // namespace tocsin::trust
