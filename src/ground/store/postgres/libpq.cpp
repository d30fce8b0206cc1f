#include "ground/store/postgres/libpq.h"

#include <dlfcn.h>

#include <string>

namespace tocsin::store::postgres {
namespace {

constexpr const char* kLibrary = "libpq.so.5";

template <typename Function>
bool find(void* library, const char* name, Function& out) {
  out = reinterpret_cast<Function>(::dlsym(library, name));
  return out != nullptr;
}

Result<Libpq> load() {
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (!library) return fail(ErrorCode::Unavailable, "store.no_libpq", {kLibrary}, ::dlerror());
  Libpq out{};
  const bool complete =
      find(library, "PQconnectdbParams", out.connectdbParams) && find(library, "PQfinish", out.finish) &&
      find(library, "PQstatus", out.status) && find(library, "PQhost", out.host) && find(library, "PQdb", out.db) &&
      find(library, "PQerrorMessage", out.errorMessage) &&
      find(library, "PQsetNoticeProcessor", out.setNoticeProcessor) &&
      find(library, "PQtransactionStatus", out.transactionStatus) && find(library, "PQexec", out.exec) &&
      find(library, "PQprepare", out.prepare) && find(library, "PQsendQueryPrepared", out.sendQueryPrepared) &&
      find(library, "PQsetSingleRowMode", out.setSingleRowMode) && find(library, "PQgetResult", out.getResult) &&
      find(library, "PQclear", out.clear) && find(library, "PQresultStatus", out.resultStatus) &&
      find(library, "PQresultErrorField", out.resultErrorField) && find(library, "PQcmdStatus", out.cmdStatus) &&
      find(library, "PQcmdTuples", out.cmdTuples) && find(library, "PQntuples", out.ntuples) &&
      find(library, "PQnfields", out.nfields) && find(library, "PQftype", out.ftype) &&
      find(library, "PQgetvalue", out.getvalue) && find(library, "PQgetlength", out.getlength) &&
      find(library, "PQgetisnull", out.getisnull);
  if (!complete) return fail(ErrorCode::Unavailable, "store.no_libpq", {kLibrary}, "a function is missing");
  return out;
}

}  // namespace

Result<const Libpq*> load_libpq() {
  static const Result<Libpq> loaded = load();
  if (!loaded) return tl::unexpected(loaded.error());
  return &*loaded;
}

}  // namespace tocsin::store::postgres
