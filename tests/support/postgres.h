// A real PostgreSQL server for the tests of this program: started on first use in a temporary folder, reached by a unix
// socket only, stopped at the end. For tests only.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "ground/base/result.h"
#include "tests/support/folder.h"

namespace tocsin::test_support {

class PostgresServer {
 public:
  /// TOCSIN_NO_POSTGRES=1 says that this machine has none and that its tests are to be left out.
  static bool is_left_out();
  /// One per test program. A program that a death test starts again uses the server of its parent.
  static Result<PostgresServer*> shared();
  static Result<std::unique_ptr<PostgresServer>> start();
  ~PostgresServer();

  /// An empty database; returns its postgres:// location. `options` are those of createdb.
  Result<std::string> create_database(const std::vector<std::string>& options = {});
  /// The same, but perhaps one that another test has given back.
  Result<std::string> borrow_database();
  /// Empties it; nobody may still be connected.
  void give_back_database(const std::string& location);
  /// Every process of it ends at once; the next run() has to recover from the log.
  void crash();
  /// After a crash.
  Result<void> run();

 private:
  explicit PostgresServer(std::string socket_folder) : socket_folder_(std::move(socket_folder)) {}
  Result<void> initialise();

  std::unique_ptr<TemporaryFolder> folder_;  ///< null where the server is our parent's
  std::string socket_folder_;
  pid_t server_ = -1;
  int databases_ = 0;
  std::vector<std::string> free_;  ///< locations of empty databases: making one takes the server far longer
};

}  // namespace tocsin::test_support
