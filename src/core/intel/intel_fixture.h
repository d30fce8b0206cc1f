// What the tests of the repository share: objects by a line, put in under a label, and read by a person.
#pragma once

#include "core/intel/repository.h"
#include "core/trust/labelled_fixture.h"

namespace tocsin::intel {

inline const std::string kIndicator = "indicator--0193a0c4-0000-4000-8000-000000000001";

/// "2026-11-20T00:00:07Z" for 7.
inline std::string version(int second) {
  return base::to_rfc3339(Time{1'789'000'000'000'000} + base::seconds(second));
}

/// An indicator of evil.example. `more` is written into it: ",\"revoked\":true".
inline std::string indicator(const std::string& modified, const std::string& more = "",
                             const std::string& id = kIndicator) {
  return R"({"type":"indicator","id":")" + id + R"(","spec_version":"2.1","created":")" + version(0) +
         (modified.empty() ? "" : R"(","modified":")" + modified) + R"(","name":"Evil","pattern_type":"stix",)" +
         R"("pattern":"[domain-name:value = 'evil.example']","valid_from":")" + version(0) + "\"" + more + "}";
}
inline const std::string kRevoked = R"(,"revoked":true)";

class IntelTest : public trust::testing::LabelledTest {
 protected:
  IntelTest() : LabelledTest({kMigrations}) {}

  Provenance from(const trust::PartyId& voucher, std::optional<Digest> statement = {}, std::int64_t import_id = 0) {
    return {voucher, statement, "", statement ? "direct" : "import", "", now_, import_id};
  }
  Result<Put> try_put(const std::string& bytes, trust::LabelId label, const Provenance& provenance) {
    return attempt([&](store::Transaction& tx) -> Result<Put> {
      return intel::put(tx, TRY(stix::read_object(bytes)), bytes, label, provenance, now_);
    });
  }
  Put keep(const std::string& bytes, trust::LabelId label, const Provenance& provenance) {
    const auto out = try_put(bytes, label, provenance);
    if (!out) ADD_FAILURE() << base::describe(out.error());
    CHECK(out);
    return *out;
  }
  Put keep(const std::string& bytes) { return keep(bytes, green(), from(own())); }

  Item read(ItemId id, const std::string& user = "an") {
    const trust::Scope scope = scope_of(user);
    return get([&](store::Transaction& tx) { return item(tx, id, scope); });
  }
  /// The bytes, or the message id of the error.
  std::string bytes_of(ItemId id, const std::string& user = "an") {
    const trust::Scope scope = scope_of(user);
    const auto out = attempt([&](store::Transaction& tx) { return intel::bytes(tx, id, scope); });
    return out ? *out : out.error().id;
  }
  /// Rows of the id, in the order of copies(): their numbers.
  std::vector<ItemId> copies_of(const std::string& stix_id, const std::string& user = "an") {
    const trust::Scope scope = scope_of(user);
    std::vector<ItemId> out;
    for (const Item& item : get([&](store::Transaction& tx) { return copies(tx, stix_id, scope); }))
      out.push_back(item.item);
    return out;
  }
  /// What is current of a voucher's, or 0.
  ItemId current_of(const trust::PartyId& voucher, const std::string& stix_id = kIndicator) {
    const trust::Scope scope = scope_of("an");
    ItemId out = 0;
    for (const Item& item : get([&](store::Transaction& tx) { return copies(tx, stix_id, scope); }))
      if (item.current && item.voucher == voucher) {
        EXPECT_EQ(out, 0) << "two current rows";
        out = item.item;
      }
    return out;
  }
};

}  // namespace tocsin::intel
