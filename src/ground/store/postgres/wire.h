// Cells to and from PostgreSQL's binary format, in which bytes and doubles are exact and text may not be cut at a NUL.
// Private to this folder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ground/base/bytes.h"
#include "ground/store/postgres/libpq.h"
#include "ground/store/store.h"

namespace tocsin::store::postgres {

/// Object ids of built-in types; fixed for ever in PostgreSQL's catalogue (pg_type.dat).
inline constexpr Oid kUnknown = 0, kBool = 16, kBytea = 17, kName = 19, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25,
                     kOid = 26, kFloat4 = 700, kFloat8 = 701, kBpchar = 1042, kVarchar = 1043, kNumeric = 1700;

/// The parameters of one call, in the arrays that libpq wants. Points into the cells: they must outlive it.
class Parameters {
 public:
  explicit Parameters(std::span<const Cell> cells);
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  int count() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }
  /// A null has no type (kUnknown): PostgreSQL finds it from the place.
  std::vector<Oid> types() const;
  /// One letter a parameter: statements are prepared for types, so they are cached by SQL and this.
  const std::string& signature() const { return signature_; }

 private:
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
  std::vector<Bytes> numbers_;  ///< big endian; reserved beforehand, so that pointers into it stay
  std::string signature_;
};

/// The first row of a result; columns as in Row.
class ResultRow final : public Row {
 public:
  ResultRow(const Libpq& libpq, const PGresult* result) : libpq_(libpq), result_(result) {}
  std::int64_t integer(int column) const override;
  double real(int column) const override;
  std::string_view text(int column) const override;
  ByteView blob(int column) const override;
  bool is_null(int column) const override;

 private:
  ByteView bytes(int column) const;
  Oid type(int column) const { return libpq_.ftype(result_, column); }

  const Libpq& libpq_;
  const PGresult* result_;
};

}  // namespace tocsin::store::postgres
