// Laws of a sensor's spool: files that are damaged or foreign are refused or read, never followed out of the folder; a
// round that is added waits until it is done, behind those that were there.
#include <filesystem>
#include <fstream>

#include "cmd/tocsin/spool.h"
#include "tests/support/folder.h"
#include "tests/support/fuzz.h"

namespace {

using namespace tocsin;
namespace fs = std::filesystem;

void write(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::string edited_file(test_support::FuzzInput& input) {
  static const json::Value good = *json::parse(
      R"({"round":1,"positions":[{"path":"/var/log/conn.log","inode":"7","offset":99,"lines":3,"print":"ab"}],)"
      R"("searched":[{"inode":"8","offset":10,"lines":1,"print":"cd","whole":"ef","round":1}],"searched_with":"s","more":false,)"
      R"("batches":[{"sensor":"s","batch":"0193a0c4-0000-7000-8000-00000000000b","hits":[]},{"batch":"0193a0c4-0000-7000-8000-00000000000c"}]})");
  const std::string_view edits = input.text(input.byte());
  test_support::FuzzInput own(reinterpret_cast<const std::uint8_t*>(edits.data()), edits.size());
  return json::write(test_support::edited(good, own));
}

void use(const fs::path& folder) {
  auto spool = cmd::Spool::open(folder / "state", "s");
  if (!spool) {
    CHECK(spool.error().id == "spool.damaged");
    return;
  }
  cmd::Round round;
  round.lines = 3;
  round.positions.push_back({"/var/log/dns.log", 8, 100, 5, "ab"});
  const auto added = spool->add(round);
  if (!added) {
    CHECK(added.error().id == "spool.damaged");  // numbers have come to their end
    return;
  }
  CHECK(spool->positions().size() == 1 && spool->positions().front().path == "/var/log/dns.log");
  bool seen = false;
  for (int i = 0; i < 20; ++i) {
    const auto batches = spool->waiting();
    CHECK(batches);
    if (batches->empty()) break;
    for (const cmd::Batch& batch : *batches) {
      seen = seen || batch.body.integer_or("lines", 0) == 3;
      CHECK(i % 2 == 0 ? spool->set_aside(batch) : spool->done(batch));
    }
  }
  CHECK(seen && spool->waiting()->empty());
}

}  // namespace

/// A round and the positions, each after a byte: even, edits of a good one (their number, then they); odd, a text
/// (likewise).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test_support::TemporaryFolder temporary;
  test_support::FuzzInput input(data, size);
  const fs::path folder = temporary.path() / "deep" / "within", state = folder / "state";
  fs::create_directories(state / "spool");
  const auto content = [&] { return input.byte() % 2 == 0 ? edited_file(input) : std::string(input.text()); };
  write(state / "spool" / "0000000000000001.json", content());
  if (!input.empty()) write(state / "positions.json", content());
  use(folder);
  for (const auto& entry : fs::recursive_directory_iterator(temporary.path()))
    CHECK(entry.path().string().starts_with(state.string()) || entry.is_directory());
  fs::remove_all(temporary.path() / "deep");
  return 0;
}
