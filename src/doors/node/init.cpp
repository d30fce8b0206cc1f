#include <filesystem>

#include "doors/node/config.h"
#include "doors/node/schema.h"
#include "ground/base/file.h"

namespace tocsin::node {

Result<InitOutcome> init(const InitRequest& request) {
  if (base::exists(request.folder + "/tocsin.db") || base::exists(request.folder + "/keys"))
    return fail(ErrorCode::Conflict, "init.already", {request.folder});
  TRY(parse_endpoint(request.config.people_listen));
  TRY(parse_endpoint(request.config.peers_listen));
  std::error_code error;
  std::filesystem::create_directories(request.folder, error);
  TRY_VOID(base::make_folder(request.folder));
  std::filesystem::permissions(request.folder, std::filesystem::perms::owner_all, error);
  const auto lock = TRY(base::FolderLock::take(request.folder + "/lock"));

  const trust::OwnKeys keys = TRY(trust::OwnKeys::generate(request.config.names));
  people::use_column_key(keys.column_key);
  InitOutcome out;
  {
    auto db = TRY(store::Database::open({request.folder + "/tocsin.db"}));
    TRY_VOID(db->migrate(all_migrations()));
    out.founded = TRY(journeys::found_party(*db, keys, request.founding, base::system_clock().now()));
  }
  TRY_VOID(keys.save(request.folder + "/keys"));
  out.root_file = request.root_file.empty() ? request.folder + "/root.sealed" : request.root_file;
  TRY_VOID(base::write_file_durably(out.root_file, out.founded.sealed_root, 0600));
  TRY_VOID(base::write_file_durably(request.folder + "/node.toml", write_config(request.config), 0600));
  const Endpoint people = TRY(parse_endpoint(request.config.people_listen));
  out.link = "https://" + request.config.names.front() + ":" + std::to_string(people.port) + "/#/link/" +
             out.founded.administrator_link;
  return out;
}

}  // namespace tocsin::node
