// What this machine can do at most of what no exchange of statements can do without: check a signature, and make one
// row durable. One JSON object on standard output.
//
//   tocsin_bench_machine FOLDER      FOLDER: on the disk that is meant; a database is made there
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ground/base/clock.h"
#include "ground/crypto/crypto.h"
#include "ground/json/json.h"
#include "ground/store/store.h"

namespace tocsin::bench {
namespace {

double now_seconds() {
  return static_cast<double>(base::system_clock().steady().us) / 1e6;
}

/// The median time of one call over several rounds, in seconds.
template <typename Work>
double seconds_of_one(int rounds, int calls, const Work& work) {
  std::vector<double> each;
  for (int round = 0; round < rounds; ++round) {
    const double begin = now_seconds();
    for (int call = 0; call < calls; ++call) work();
    each.push_back((now_seconds() - begin) / calls);
  }
  std::sort(each.begin(), each.end());
  return each[each.size() / 2];
}

Result<void> run(const std::string& folder) {
  const crypto::SigningKey key = crypto::SigningKey::generate();
  const std::string message(1024, 'm');
  const crypto::Signature signature = key.sign(base::as_bytes(message));
  const double verify =
      seconds_of_one(5, 2000, [&] { CHECK(crypto::verify(key.public_key(), base::as_bytes(message), signature)); });

  const auto db = TRY(store::Database::open({folder + "/machine.db"}));
  TRY_VOID(db->write([](store::Transaction& tx) -> Result<void> {
    TRY(tx.run("CREATE TABLE bench (number INTEGER)"));
    return {};
  }));
  const double commit = seconds_of_one(5, 50, [&] {
    CHECK(db->write([](store::Transaction& tx) -> Result<void> {
      TRY(tx.run("INSERT INTO bench VALUES (1)"));
      return {};
    }));
  });
  fmt::print("{}\n", json::write(json::Value(json::Object{{"limit_ed25519_verify_per_second", 1 / verify},
                                                          {"limit_durable_commit_seconds", commit}})));
  return {};
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: tocsin_bench_machine FOLDER\n");
    return 2;
  }
  const auto done = tocsin::bench::run(argv[1]);
  if (!done) fmt::print(stderr, "{}\n", tocsin::base::describe(done.error()));
  return done ? 0 : 1;
}
