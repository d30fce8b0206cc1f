#include <filesystem>

#include "doors/node/config.h"
#include "doors/node/schema.h"
#include "ground/base/file.h"

namespace tocsin::node {

namespace {

// What init writes into the folder, in this order, besides the root key. The lock goes last, while it is held.
constexpr std::string_view kWritten[] = {"node.toml", "keys", "tocsin.db-wal", "tocsin.db-shm", "tocsin.db"};

Result<InitOutcome> write_folder(const InitRequest& request, const std::string& root_file,
                                 const std::string& next_root_file) {
  const trust::OwnKeys keys = TRY(trust::OwnKeys::generate(certificate_names(request.config)));
  people::use_column_key(keys.column_key);
  InitOutcome out;
  {
    auto db = TRY(store::Database::open({request.folder + "/tocsin.db"}));
    TRY_VOID(db->migrate(all_migrations()));
    out.founded = TRY(journeys::found_party(*db, keys, request.founding, base::system_clock().now()));
  }
  TRY_VOID(keys.save(request.folder + "/keys"));
  out.root_file = root_file;
  out.next_root_file = next_root_file;
  TRY_VOID(base::write_file_durably(out.root_file, out.founded.sealed_root, 0600));
  TRY_VOID(base::write_file_durably(out.next_root_file, out.founded.sealed_next_root, 0600));
  TRY_VOID(base::write_file_durably(request.folder + "/node.toml", write_config(request.config), 0600));
  out.link = "https://" + TRY(authorities(request.config)).front() + "/#/link/" + out.founded.administrator_link;
  return out;
}

}  // namespace

Result<InitOutcome> init(const InitRequest& request) {
  TRY(parse_endpoint(request.config.people_listen));
  TRY(parse_endpoint(request.config.peers_listen));
  std::error_code error;
  std::filesystem::create_directories(request.folder, error);
  TRY_VOID(base::make_folder(request.folder));
  const auto lock = TRY(base::FolderLock::take(request.folder + "/lock"));
  // Nothing is written over: a root key cannot be had again. So all that is there afterwards is of this birth.
  for (const std::string_view name : kWritten)
    if (base::exists(request.folder + "/" + std::string(name)))
      return fail(ErrorCode::Conflict, "init.already", {request.folder});
  const std::string usual_root_file = request.folder + "/root.sealed",
                    usual_next = request.folder + "/next-root.sealed";
  const std::string root_file = request.root_file.empty() ? usual_root_file : request.root_file;
  const std::string next_root_file = request.next_root_file.empty() ? usual_next : request.next_root_file;
  if (root_file == next_root_file) return fail(ErrorCode::Conflict, "init.root_file_exists", {root_file});
  for (const std::string& file : {usual_root_file, root_file, usual_next, next_root_file})
    if (base::exists(file)) return fail(ErrorCode::Conflict, "init.root_file_exists", {file});
  std::filesystem::permissions(request.folder, std::filesystem::perms::owner_all, error);
  auto out = write_folder(request, root_file, next_root_file);
  // A party whose root key was not written down, or whose folder is half made, must not come to be: init can be
  // repeated.
  if (!out) {
    for (const std::string& file : {root_file, next_root_file}) std::filesystem::remove(file, error);
    for (const std::string_view name : kWritten)
      std::filesystem::remove_all(std::filesystem::path(request.folder) / name, error);
  }
  return out;
}

}  // namespace tocsin::node
