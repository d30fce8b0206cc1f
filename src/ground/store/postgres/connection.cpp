#include "ground/store/postgres/connection.h"

#include <algorithm>
#include <charconv>

#include "ground/store/postgres/dialect.h"
#include "ground/store/postgres/error.h"

namespace tocsin::store::postgres {
namespace {

/// A prepared statement costs the server some 10 kB; the whole program has fewer than this many texts in common use.
constexpr std::size_t kMaxStatements = 256;

// The key of the advisory lock ("tocsin") is the contract between all nodes that write to one database.
constexpr const char* kBeginWriting =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(x'746f6373696e'::bigint)";
// READ COMMITTED is serializable for writers that hold the lock: whoever has it sees all that was committed before.
// A reader needs a snapshot.
constexpr const char* kBeginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

// A server that answers COMMIT before the disk has it must not do so for us; a stronger setting is left as it is.
constexpr const char* kSessionSettings =
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';"
    "SELECT set_config('lock_timeout', '10s', false), set_config('standard_conforming_strings', 'on', false);"
    "SELECT current_setting('server_encoding')";

bool succeeded(ExecStatusType status) {
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE ||
         status == PGRES_EMPTY_QUERY;
}

/// "INSERT 0 3", "UPDATE 2", "DELETE 1"; other commands change no rows.
std::int64_t changed_rows(const Libpq& libpq, PGresult* result) {
  const std::string_view command = libpq.cmdStatus(result);
  if (!command.starts_with("INSERT") && !command.starts_with("UPDATE") && !command.starts_with("DELETE")) return 0;
  const std::string_view digits = libpq.cmdTuples(result);
  std::int64_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

/// Counted from 0; npos where the statement was refused for another reason. The number stands only in the sentence, in
/// every language as "$3".
std::size_t indeterminate_parameter(const Libpq& libpq, const PGresult* result) {
  constexpr std::string_view kIndeterminateDatatype = "42P18";
  constexpr std::size_t kOther = std::string_view::npos;
  const char* sentence = libpq.resultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (!sentence || sqlstate(libpq, result) != kIndeterminateDatatype) return kOther;
  const std::string_view text = sentence;
  const std::size_t dollar = text.find('$');
  std::size_t number = 0;
  if (dollar != std::string_view::npos) std::from_chars(text.data() + dollar + 1, text.data() + text.size(), number);
  return number - 1;  // 0, where nothing was found, becomes kOther
}

}  // namespace

Connection::~Connection() {
  disconnect();
}

void Connection::disconnect() {
  if (connection_) libpq_.finish(connection_);
  connection_ = nullptr;
  lost_ = false;
  prepared_.clear();
}

tl::unexpected<Error> Connection::failed(const PGresult* result, std::string_view sql) {
  // An error without a state comes from libpq itself. PQstatus() may call the connection good a while longer, until
  // somebody reads from it again.
  if (sqlstate(libpq_, result).empty()) lost_ = true;
  return failure(libpq_, connection_, result, sql);
}

Result<void> Connection::connect() {
  disconnect();
  // What stands in the location overrides what stands before it here. A peer that vanished without a word is noticed
  // within about half a minute.
  const char* const keys[] = {"connect_timeout",  "keepalives_idle",  "keepalives_interval",
                              "keepalives_count", "tcp_user_timeout", "application_name",
                              "dbname",           "client_encoding",  nullptr};
  const char* const values[] = {"10", "10", "5", "3", "30000", "tocsin", location_.c_str(), "UTF8", nullptr};
  connection_ = libpq_.connectdbParams(keys, values, 1);
  if (!connected()) {
    std::string detail = connection_ ? libpq_.errorMessage(connection_) : "";
    disconnect();
    return fail(ErrorCode::Unavailable, "store.unavailable", {}, std::move(detail));
  }
  libpq_.setNoticeProcessor(
      connection_, [](void*, const char*) {}, nullptr);  // notices quote data; errors come as results
  auto prepared = prepare_session();
  if (!prepared) disconnect();
  return prepared;
}

Result<void> Connection::prepare_session() {
  const ResultPointer result(libpq_.exec(connection_, kSessionSettings), FreeResult{&libpq_});
  if (!succeeded(libpq_.resultStatus(result.get()))) return failed(result.get(), kSessionSettings);
  const std::string_view encoding = libpq_.getvalue(result.get(), 0, 0);
  if (encoding != "UTF8") {
    const std::string place = std::string(libpq_.host(connection_)) + "/" + libpq_.db(connection_);
    return fail(ErrorCode::Unavailable, "store.open", {place, "server_encoding=" + std::string(encoding)});
  }
  return {};
}

Result<bool> Connection::server_syncs_to_disk() {
  const auto setting = TRY(text("SELECT current_setting('fsync')"));
  return setting == "on";
}

Result<void> Connection::simple(const char* sql) {
  if (!connected()) return fail(ErrorCode::Unavailable, "store.unavailable", {}, "the connection was lost");
  make_way();
  const ResultPointer result(libpq_.exec(connection_, sql), FreeResult{&libpq_});
  if (!succeeded(libpq_.resultStatus(result.get()))) return failed(result.get(), sql);
  return {};
}

Result<std::string> Connection::prepare(std::string_view sql, const Parameters& parameters) {
  std::string key = parameters.signature() + ' ' + std::string(sql);
  if (const auto found = prepared_.find(key); found != prepared_.end()) return found->second;
  if (prepared_.size() >= kMaxStatements) {
    TRY_VOID(simple("DEALLOCATE ALL"));
    prepared_.clear();
  }
  std::string name = "s" + std::to_string(prepared_.size());
  TRY_VOID(prepare_as(name, sql, translate(sql), parameters.types()));
  prepared_.emplace(std::move(key), name);
  return name;
}

/// A null whose place does not tell its type ("? IS NULL") is refused as indeterminate, one at a time; then it counts
/// as text. A savepoint keeps the refusal from ending the transaction.
Result<void> Connection::prepare_as(const std::string& name, std::string_view sql, const std::string& translated,
                                    std::vector<Oid> types) {
  const bool has_null = std::find(types.begin(), types.end(), kUnknown) != types.end();
  if (has_null) TRY_VOID(simple("SAVEPOINT preparation"));
  for (;;) {
    const ResultPointer result(
        libpq_.prepare(connection_, name.c_str(), translated.c_str(), static_cast<int>(types.size()), types.data()),
        FreeResult{&libpq_});
    if (succeeded(libpq_.resultStatus(result.get()))) break;
    const std::size_t null = indeterminate_parameter(libpq_, result.get());
    if (null >= types.size() || types[null] != kUnknown) return failed(result.get(), sql);
    types[null] = kText;
    TRY_VOID(simple("ROLLBACK TO preparation"));
  }
  if (has_null) TRY_VOID(simple("RELEASE preparation"));
  return {};
}

Result<void> Connection::send(std::string_view sql, const Parameters& parameters) {
  if (!connected()) return fail(ErrorCode::Unavailable, "store.unavailable", {}, "the connection was lost");
  make_way();
  const std::string name = TRY(prepare(sql, parameters));
  constexpr int kBinary = 1;
  if (!libpq_.sendQueryPrepared(connection_, name.c_str(), parameters.count(), parameters.values(),
                                parameters.lengths(), parameters.formats(), kBinary))
    return failed(nullptr, sql);
  return {};
}

Result<std::int64_t> Connection::execute(std::string_view sql, std::span<const Cell> cells) {
  TRY_VOID(send(sql, Parameters(cells)));
  std::int64_t changed = 0;
  Result<void> outcome;
  while (const ResultPointer result = get()) {
    const ExecStatusType status = libpq_.resultStatus(result.get());
    if (status == PGRES_EMPTY_QUERY)
      outcome = fail(ErrorCode::Internal, "store.failed", {}, "no statement in: " + std::string(sql));
    else if (succeeded(status))
      changed = changed_rows(libpq_, result.get());
    else
      outcome = failed(result.get(), sql);
  }
  TRY_VOID(outcome);
  if (!connected()) return failed(nullptr, sql);
  return changed;
}

Result<void> Connection::query(std::string_view sql, std::span<const Cell> cells,
                               const std::function<bool(const Row&)>& each) {
  TRY_VOID(send(sql, Parameters(cells)));
  // Row by row: a result of any size passes through in little memory.
  libpq_.setSingleRowMode(connection_);
  Stream stream;
  running_ = &stream;
  Result<void> outcome;
  bool wants_more = true;
  while (const ResultPointer result = next(stream)) {
    const ExecStatusType status = libpq_.resultStatus(result.get());
    if (!succeeded(status)) {
      outcome = failed(result.get(), sql);
    } else if (wants_more && libpq_.ntuples(result.get()) > 0) {
      wants_more = each(ResultRow(libpq_, result.get()));
    }
  }
  if (running_ == &stream) running_ = nullptr;
  return outcome;
}

ResultPointer Connection::next(Stream& stream) {
  if (!stream.taken.empty()) {
    ResultPointer result = std::move(stream.taken.front());
    stream.taken.pop_front();
    return result;
  }
  if (stream.finished) return {nullptr, FreeResult{&libpq_}};
  ResultPointer result = get();
  if (!result) stream.finished = true;
  return result;
}

/// Before another statement uses the connection.
void Connection::make_way() {
  if (!running_) return;
  Stream& stream = *running_;
  running_ = nullptr;
  while (!stream.finished) {
    ResultPointer result = get();
    if (result)
      stream.taken.push_back(std::move(result));
    else
      stream.finished = true;
  }
}

std::int64_t Connection::last_id() {
  std::int64_t out = 0;
  const auto asked = query("SELECT lastval()", {}, [&](const Row& row) {
    out = row.integer(0);
    return false;
  });
  return asked ? out : 0;  // a lost connection fails the commit; asking without an insert is refused by the server
}

Result<void> Connection::run_script(std::string_view script) {
  return simple(translate(script).c_str());
}

Result<void> Connection::begin_with(const char* sql) {
  const bool was_connected = connected();
  if (!was_connected) TRY_VOID(connect());
  auto begun = simple(sql);
  // The server may have gone while the connection lay idle. Nothing has run yet, so one more attempt is safe.
  if (!begun && was_connected && !connected()) {
    TRY_VOID(connect());
    begun = simple(sql);
  }
  if (!begun && in_transaction()) rollback();
  return begun;
}

Result<void> Connection::begin() {
  return begin_with(kBeginWriting);
}
Result<void> Connection::begin_reading() {
  return begin_with(kBeginReading);
}

Result<void> Connection::commit() {
  // COMMIT of a failed transaction reports success and rolls back.
  if (connected() && libpq_.transactionStatus(connection_) != PQTRANS_INTRANS)
    return fail(ErrorCode::Internal, "store.failed", {}, "commit of a transaction that has failed");
  return simple("COMMIT");
}

void Connection::rollback() {
  // Where it cannot be said, ending the connection says it.
  if (connected() && !simple("ROLLBACK")) disconnect();
}

Result<void> Connection::set_savepoint() {
  return simple("SAVEPOINT member");
}
Result<void> Connection::release_savepoint() {
  return simple("RELEASE member");
}
Result<void> Connection::rollback_to_savepoint() {
  return simple("ROLLBACK TO member; RELEASE member");
}

bool Connection::in_transaction() const {
  if (!connected()) return false;
  const PGTransactionStatusType status = libpq_.transactionStatus(connection_);
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

}  // namespace tocsin::store::postgres
