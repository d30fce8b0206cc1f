#include <algorithm>
#include <bit>
#include <tuple>

#include "core/watch/layout.h"
#include "core/watch/range_index.h"
#include "core/watch/set.h"
#include "ground/base/clock.h"
#include "ground/crypto/crypto.h"

namespace tocsin::watch {
namespace {

using observable::Kind;
using namespace layout;

/// A rule and, for a range, where it lies.
struct Prepared {
  Rule rule;
  RangePlace place;
};

/// What can never match is left out: a kind without name, no text, a range that is none.
std::vector<Prepared> in_order(std::vector<Rule> rules) {
  std::vector<Prepared> out;
  out.reserve(rules.size());
  for (Rule& rule : rules) {
    if (observable::name(rule.value.kind).empty() || rule.value.text.empty()) continue;
    Prepared prepared;
    if (is_range(rule.value.kind)) {
      const auto place = place_range(rule.value.kind, rule.value.text);
      if (!place) continue;
      prepared.place = *place;
    }
    prepared.rule = std::move(rule);
    out.push_back(std::move(prepared));
  }
  const auto place = [](const Prepared& p) { return std::tie(p.rule.value.kind, p.place.first, p.place.prefix); };
  const auto rest = [](const Prepared& p) { return std::tie(p.rule.value.text, p.rule.grounds, p.rule.subdomains); };
  std::sort(out.begin(), out.end(), [&](const Prepared& a, const Prepared& b) {
    if (place(a) != place(b)) return place(a) < place(b);
    const int compared = compare_values(a.rule.value.kind, a.rule.value.text, b.rule.value.text);
    return compared != 0 ? compared < 0 : rest(a) < rest(b);
  });
  const auto same = [&](const Prepared& a, const Prepared& b) { return place(a) == place(b) && rest(a) == rest(b); };
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

RangeIndex index_kind(const std::vector<Prepared>& rules, Kind kind, std::vector<Record>& records) {
  std::vector<RangePlace> places;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    if (rules[i].rule.value.kind != kind) continue;
    places.push_back(rules[i].place);
    places.back().entry = i;
  }
  RangeIndex out = index_ranges(places);
  for (std::size_t n = 0; n < places.size(); ++n) records[places[n].entry].parent = out.parents[n];
  return out;
}

class Writer {
 public:
  Writer() : bytes_(sizeof(Header)) {}

  template <typename T>
  void section(Section which, const std::vector<T>& items) {
    bytes_.resize((bytes_.size() + kAlignment - 1) / kAlignment * kAlignment);
    SectionPlace& place = header.sections[which];
    place.offset = bytes_.size();
    place.size = items.size() * sizeof(T);
    bytes_.resize(bytes_.size() + place.size);
    if (place.size > 0) std::memcpy(bytes_.data() + place.offset, items.data(), place.size);
    place.sha256 = crypto::sha256(ByteView(bytes_).subspan(place.offset, place.size)).bytes;
  }

  Bytes finish() && {
    header.size = bytes_.size();
    std::memcpy(bytes_.data(), &header, sizeof header);
    header.sha256 = crypto::sha256(ByteView(bytes_).first(sizeof(Header) - header.sha256.size())).bytes;
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

  Header header;

 private:
  Bytes bytes_;
};

void insert(std::vector<Slot>& table, std::uint64_t hash, std::uint32_t entry) {
  std::size_t at = hash & (table.size() - 1);
  while (table[at].entry != 0) at = (at + 1) & (table.size() - 1);
  table[at] = {tag_of(hash), entry + 1};
}

}  // namespace

Bytes Set::compile(std::vector<Rule> rules, std::string_view set_id) {
  const std::vector<Prepared> prepared = in_order(std::move(rules));
  CHECK(prepared.size() < (1u << 30));  // four hundred times what a node is built for
  Writer writer;
  Header& header = writer.header;
  base::random_bytes(reinterpret_cast<std::uint8_t*>(&header.key0), sizeof header.key0);
  base::random_bytes(reinterpret_cast<std::uint8_t*>(&header.key1), sizeof header.key1);
  const HashKey key{header.key0, header.key1};

  std::vector<Record> records(prepared.size());
  std::vector<std::uint64_t> filter(std::bit_ceil(prepared.size() / 4 + 1));  // 16 bits a value
  std::vector<Slot> table(std::bit_ceil(2 * prepared.size() + 2));
  std::vector<char> pool(set_id.begin(), set_id.end());
  header.id_size = static_cast<std::uint32_t>(set_id.size());
  header.entries = static_cast<std::uint32_t>(prepared.size());

  for (std::uint32_t i = 0; i < prepared.size(); ++i) {
    const Rule& rule = prepared[i].rule;
    Record& record = records[i];
    record.grounds = rule.grounds;
    record.kind = static_cast<std::uint8_t>(rule.value.kind);
    record.flags = rule.value.kind == Kind::Domain && rule.subdomains ? kSubdomains : 0;
    header.kinds |= kind_bit(rule.value.kind);
    if (record.flags & kSubdomains) header.parent_labels |= std::uint64_t{1} << labels(rule.value.text);
    const observable::Value* before = i > 0 ? &prepared[i - 1].rule.value : nullptr;
    if (before && *before == rule.value) {  // one text and one slot for equal values
      record.text_offset = records[i - 1].text_offset;
      record.text_size = records[i - 1].text_size;
      continue;
    }
    CHECK(pool.size() + rule.value.text.size() < kNone);
    record.text_offset = static_cast<std::uint32_t>(pool.size());
    record.text_size = static_cast<std::uint32_t>(rule.value.text.size());
    pool.insert(pool.end(), rule.value.text.begin(), rule.value.text.end());
    if (before && before->kind == rule.value.kind && same_value(rule.value.kind, before->text, rule.value.text))
      continue;  // another spelling of it: its own text, the same slot
    const std::uint64_t hash = hash_of(key, rule.value.kind, rule.value.text);
    filter[filter_word(hash, filter.size())] |= filter_bits(hash);
    insert(table, hash, i);
  }
  const RangeIndex v4 = index_kind(prepared, Kind::Ipv4Range, records);
  const RangeIndex v6 = index_kind(prepared, Kind::Ipv6Range, records);

  writer.section(Filter, filter);
  writer.section(Table, table);
  writer.section(Entries, records);
  writer.section(V4Starts, v4.starts);
  writer.section(V4Covers, v4.covers);
  writer.section(V6Starts, v6.starts);
  writer.section(V6Covers, v6.covers);
  writer.section(Pool, pool);
  return std::move(writer).finish();
}

}  // namespace tocsin::watch
