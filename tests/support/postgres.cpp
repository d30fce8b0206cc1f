#include "tests/support/postgres.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "ground/base/clock.h"
#include "ground/base/log.h"
#include "ground/store/store.h"

namespace tocsin::test_support {
namespace {

constexpr const char* kBinaries = "/usr/lib/postgresql/15/bin/";
constexpr const char* kParentsServer = "TOCSIN_TEST_POSTGRES_SOCKET";

/// PostgreSQL refuses to run as root: then it runs as the user the package made, or as nobody.
const passwd* server_user() {
  if (::geteuid() != 0) return nullptr;
  const passwd* user = ::getpwnam("postgres");
  return user ? user : ::getpwnam("nobody");
}

/// Starts a program of PostgreSQL with its output in `log`. It dies with the thread that started it.
pid_t spawn(std::vector<std::string> arguments, const std::string& log) {
  arguments[0] = kBinaries + arguments[0];
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const passwd* user = server_user();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  if (user && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
    ::_exit(126);
  if (::chdir("/") != 0) ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (::getppid() != parent) ::_exit(126);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

bool run_to_end(std::vector<std::string> arguments, const std::string& log) {
  const pid_t child = spawn(std::move(arguments), log);
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string content(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

}  // namespace

bool PostgresServer::is_left_out() {
  return base::environment("TOCSIN_NO_POSTGRES") == "1";
}

Result<PostgresServer*> PostgresServer::shared() {
  static const Result<std::unique_ptr<PostgresServer>> server = []() -> Result<std::unique_ptr<PostgresServer>> {
    if (const auto parents = base::environment(kParentsServer))
      return std::unique_ptr<PostgresServer>(new PostgresServer(*parents));
    auto started = start();
    if (started) ::setenv(kParentsServer, (*started)->socket_folder_.c_str(), 1);
    return started;
  }();
  if (!server) return tl::unexpected(server.error());
  return server->get();
}

Result<std::unique_ptr<PostgresServer>> PostgresServer::start() {
  if (!std::filesystem::exists(std::string(kBinaries) + "initdb"))
    return fail(ErrorCode::NotFound, "test.no_postgres", {kBinaries},
                "PostgreSQL 15 is not installed (package postgresql-15); TOCSIN_NO_POSTGRES=1 leaves its tests out");
  auto folder = std::make_unique<TemporaryFolder>();
  std::unique_ptr<PostgresServer> server(new PostgresServer(folder->path().string()));
  server->folder_ = std::move(folder);
  TRY_VOID(server->initialise());
  TRY_VOID(server->run());
  return server;
}

Result<void> PostgresServer::initialise() {
  const std::string log = folder_->file("log");
  std::ofstream(log).close();
  if (const passwd* user = server_user()) {
    if (::chown(folder_->path().c_str(), user->pw_uid, user->pw_gid) != 0 ||
        ::chown(log.c_str(), user->pw_uid, user->pw_gid) != 0)
      return fail(ErrorCode::Internal, "test.no_postgres", {}, "chown");
  }
  // Collation of a language, not of bytes: what the store says about order must hold on such a server too.
  if (!run_to_end({"initdb", "--pgdata=" + folder_->file("data"), "--username=tocsin", "--auth=trust",
                   "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en", "--no-sync"},
                  log))
    return fail(ErrorCode::Internal, "test.no_postgres", {}, "initdb failed: " + content(log));
  return {};
}

Result<void> PostgresServer::run() {
  const std::string log = folder_->file("log");
  // fsync=off makes the tests four times as fast. The store warns of such a server, at every opening.
  base::set_log_level(base::LogLevel::Error);
  server_ =
      spawn({"postgres", "-D", folder_->file("data"), "-k", socket_folder_, "-c", "listen_addresses=", "-c",
             "shared_buffers=16MB", "-c", "max_connections=80", "-c", "fsync=off", "-c", "restart_after_crash=off"},
            log);
  for (int attempt = 0; attempt < 600; ++attempt) {
    if (run_to_end({"pg_isready", "--quiet", "--host=" + socket_folder_, "--username=tocsin", "--dbname=postgres"},
                   log))
      return {};
    if (::waitpid(server_, nullptr, WNOHANG) != 0) {
      server_ = -1;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return fail(ErrorCode::Internal, "test.no_postgres", {}, "the server does not start: " + content(log));
}

PostgresServer::~PostgresServer() {
  crash();
}

void PostgresServer::crash() {
  if (server_ <= 0) return;
  // Its processes quit where they stand, without a checkpoint. (After SIGKILL they would live on for a while, each
  // until it notices that the first is gone.)
  ::kill(server_, SIGQUIT);
  ::waitpid(server_, nullptr, 0);
  server_ = -1;
}

Result<std::string> PostgresServer::create_database(const std::vector<std::string>& options) {
  const std::string name = "test_" + std::to_string(::getpid()) + "_" + std::to_string(++databases_);
  const std::string log = socket_folder_ + "/log";
  std::vector<std::string> arguments = {"createdb", "--host=" + socket_folder_, "--username=tocsin"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.push_back(name);
  if (!run_to_end(std::move(arguments), log))
    return fail(ErrorCode::Internal, "test.no_postgres", {}, "createdb failed: " + content(log));
  return "postgres:///" + name + "?user=tocsin&host=" + socket_folder_;
}

Result<std::string> PostgresServer::borrow_database() {
  if (free_.empty()) return create_database();
  std::string location = std::move(free_.back());
  free_.pop_back();
  return location;
}

void PostgresServer::give_back_database(const std::string& location) {
  store::Options options;
  options.location = location;
  auto database = store::Database::open(options);
  if (!database) return;
  const auto emptied = (*database)->write([](store::Transaction& tx) -> Result<void> {
    TRY_VOID(tx.run("DROP SCHEMA public CASCADE"));
    TRY_VOID(tx.run("CREATE SCHEMA public"));
    return {};
  });
  if (emptied) free_.push_back(location);
}

}  // namespace tocsin::test_support
