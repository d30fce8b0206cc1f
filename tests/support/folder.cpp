#include "tests/support/folder.h"

#include <sys/stat.h>

#include <cstdlib>

#include "ground/base/clock.h"

namespace tocsin::test_support {
namespace {

constexpr const char* kParentsRoot = "TOCSIN_TEST_FOLDER";

/// Holds all folders of one run. The process of a death test, which dies before it can clean up, uses that of the
/// program that started it.
class Root {
 public:
  Root() {
    if (const auto parents = base::environment(kParentsRoot)) {
      path_ = *parents;
      return;
    }
    path_ = make_folder(std::filesystem::temp_directory_path());
    ::chmod(path_.c_str(), 0711);  // a server that may not run as root has to reach its own folder in here
    ::setenv(kParentsRoot, path_.c_str(), 1);
    owned_ = true;
  }
  ~Root() {
    std::error_code ignored;
    if (owned_) std::filesystem::remove_all(path_, ignored);
  }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  static std::filesystem::path make_folder(const std::filesystem::path& parent) {
    std::string pattern = (parent / "tocsin_test_XXXXXX").string();
    if (!::mkdtemp(pattern.data())) std::abort();
    return pattern;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool owned_ = false;
};

}  // namespace

TemporaryFolder::TemporaryFolder() {
  static const Root root;
  path_ = Root::make_folder(root.path());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tocsin::test_support
