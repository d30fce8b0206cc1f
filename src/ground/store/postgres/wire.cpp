#include "ground/store/postgres/wire.h"

#include <bit>
#include <limits>
#include <type_traits>

namespace tocsin::store::postgres {
namespace {

std::uint64_t big_endian(ByteView bytes) {
  std::uint64_t out = 0;
  for (const std::uint8_t byte : bytes) out = out << 8 | byte;
  return out;
}

std::int16_t int16_at(ByteView bytes, std::size_t at) {
  CHECK(at + 2 <= bytes.size());
  return static_cast<std::int16_t>(big_endian(bytes.subspan(at, 2)));
}

/// numeric_send() of PostgreSQL: count of digits, weight of the first, sign, scale, then digits to the base 10000.
/// sum() and avg() of BIGINT are numeric.
struct Numeric {
  explicit Numeric(ByteView bytes)
      : digits(static_cast<std::size_t>(int16_at(bytes, 0))),
        weight(int16_at(bytes, 2)),
        sign(int16_at(bytes, 4)),
        data(bytes.subspan(8)) {
    CHECK(sign == 0 || sign == 0x4000);  // neither NaN nor infinite: we never store such
  }
  int digit(std::size_t index) const { return int16_at(data, index * 2); }

  double real() const {
    long double out = 0;
    for (std::size_t i = 0; i < digits; ++i) out = out * 10000 + digit(i);
    for (int power = weight - static_cast<int>(digits) + 1; power > 0; --power) out *= 10000;
    long double divisor = 1;
    for (int power = weight - static_cast<int>(digits) + 1; power < 0; ++power) divisor *= 10000;
    out /= divisor;
    return static_cast<double>(sign ? -out : out);
  }

  std::int64_t integer() const {
    __extension__ using Wide = __int128;
    Wide out = 0;
    for (int i = 0; i <= weight; ++i) {
      out = out * 10000 + (static_cast<std::size_t>(i) < digits ? digit(static_cast<std::size_t>(i)) : 0);
      CHECK(out <= Wide{std::numeric_limits<std::int64_t>::max()} + 1);
    }
    for (std::size_t i = weight < 0 ? 0 : static_cast<std::size_t>(weight) + 1; i < digits; ++i) CHECK(digit(i) == 0);
    if (sign) out = -out;
    CHECK(out <= std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(out);
  }

  std::size_t digits;
  int weight;
  int sign;
  ByteView data;
};

}  // namespace

Parameters::Parameters(std::span<const Cell> cells) {
  numbers_.reserve(cells.size());
  const auto add = [this](char letter, const void* data, std::size_t size) {
    // Beyond this libpq's lengths end; PostgreSQL refuses long before.
    CHECK(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    values_.push_back(static_cast<const char*>(data));
    lengths_.push_back(static_cast<int>(size));
    formats_.push_back(1);
    signature_ += letter;
  };
  const auto add_number = [&](char letter, std::uint64_t bits) {
    numbers_.emplace_back();
    base::append_u64(numbers_.back(), bits);
    add(letter, numbers_.back().data(), 8);
  };
  for (const Cell& cell : cells) {
    std::visit(
        [&](const auto& value) {
          using Value = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<Value, std::monostate>) {
            add('n', nullptr, 0);
          } else if constexpr (std::is_same_v<Value, std::int64_t>) {
            add_number('i', static_cast<std::uint64_t>(value));
          } else if constexpr (std::is_same_v<Value, double>) {
            // SQLite has no NaN and stores null; so do we.
            if (value != value)
              add('n', nullptr, 0);
            else
              add_number('r', std::bit_cast<std::uint64_t>(value));
          } else {
            const void* data = value.empty() ? static_cast<const void*>("") : value.data();
            add(std::is_same_v<Value, std::string> ? 't' : 'b', data, value.size());
          }
        },
        cell);
  }
}

std::vector<Oid> Parameters::types() const {
  std::vector<Oid> out;
  for (const char letter : signature_)
    out.push_back(letter == 'i'   ? kInt8
                  : letter == 'r' ? kFloat8
                  : letter == 't' ? kText
                  : letter == 'b' ? kBytea
                                  : kUnknown);
  return out;
}

ByteView ResultRow::bytes(int column) const {
  return {reinterpret_cast<const std::uint8_t*>(libpq_.getvalue(result_, 0, column)),
          static_cast<std::size_t>(libpq_.getlength(result_, 0, column))};
}

bool ResultRow::is_null(int column) const {
  CHECK(column >= 0 && column < libpq_.nfields(result_));
  return libpq_.getisnull(result_, 0, column) != 0;
}

std::int64_t ResultRow::integer(int column) const {
  if (is_null(column)) return 0;
  const ByteView raw = bytes(column);
  switch (type(column)) {
    case kInt8:
      return static_cast<std::int64_t>(big_endian(raw));
    case kInt4:
      return static_cast<std::int32_t>(big_endian(raw));
    case kInt2:
      return static_cast<std::int16_t>(big_endian(raw));
    case kOid:
      return static_cast<std::int64_t>(big_endian(raw));
    case kBool:
      return raw[0];
    case kNumeric:
      return Numeric(raw).integer();
    default:
      base::check_failed("the column is an integer", __FILE__, __LINE__);
  }
}

double ResultRow::real(int column) const {
  if (is_null(column)) return 0;
  const ByteView raw = bytes(column);
  switch (type(column)) {
    case kFloat8:
      return std::bit_cast<double>(big_endian(raw));
    case kFloat4:
      return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(big_endian(raw))));
    case kNumeric:
      return Numeric(raw).real();
    default:
      return static_cast<double>(integer(column));
  }
}

std::string_view ResultRow::text(int column) const {
  if (is_null(column)) return {};
  const Oid found = type(column);
  CHECK(found == kText || found == kVarchar || found == kBpchar || found == kName);
  return base::as_text(bytes(column));
}

ByteView ResultRow::blob(int column) const {
  if (is_null(column)) return {};
  CHECK(type(column) == kBytea);
  return bytes(column);
}

}  // namespace tocsin::store::postgres
