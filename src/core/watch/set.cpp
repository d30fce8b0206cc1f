#include "core/watch/set.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "core/watch/layout.h"
#include "core/watch/range_index.h"
#include "ground/crypto/crypto.h"

namespace tocsin::watch {
namespace {

using observable::Kind;
using namespace layout;

tl::unexpected<Error> bad_set(std::string_view why) {
  return fail(ErrorCode::Corrupt, "watch.bad_set", {}, std::string(why));
}

/// Where, along the addresses of one family, which range is the innermost.
struct RangeView {
  std::span<const AddressKey> starts;
  std::span<const std::uint32_t> covers;

  std::uint32_t innermost(AddressKey address) const {
    const auto after = std::upper_bound(starts.begin(), starts.end(), address);
    return after == starts.begin() ? kNone : covers[static_cast<std::size_t>(after - starts.begin()) - 1];
  }
};

}  // namespace

struct Set::Impl {
  Bytes bytes;
  Header header;
  HashKey key;
  std::span<const std::uint64_t> filter;
  std::span<const Slot> table;
  std::span<const Record> records;
  RangeView v4, v6;
  std::string_view pool;

  std::string_view text(const Record& record) const { return pool.substr(record.text_offset, record.text_size); }
  std::string_view id() const { return pool.substr(header.id_offset, header.id_size); }
  bool is(const Record& record, Kind kind, std::string_view value) const {
    return record.kind == static_cast<std::uint8_t>(kind) && same_value(kind, text(record), value);
  }
  Entry entry(std::uint32_t index) const {
    const Record& record = records[index];
    return {index, static_cast<Kind>(record.kind), text(record), record.grounds};
  }

  /// The first entry of a value, or kNone.
  std::uint32_t find(Kind kind, std::string_view value, std::uint64_t hash) const {
    const std::uint64_t bits = filter_bits(hash);
    if ((filter[filter_word(hash, filter.size())] & bits) != bits) return kNone;
    for (std::size_t at = hash & (table.size() - 1); table[at].entry != 0; at = (at + 1) & (table.size() - 1))
      if (table[at].tag == tag_of(hash) && is(records[table[at].entry - 1], kind, value)) return table[at].entry - 1;
    return kNone;
  }

  void add_probe(Kind kind, std::string_view value, bool as_parent, std::uint32_t candidate,
                 std::vector<Probe>& out) const {
    const std::uint64_t hash = hash_of(key, kind, value);
    __builtin_prefetch(&filter[filter_word(hash, filter.size())]);
    out.push_back({value, hash, candidate, kind, as_parent});
  }

  void add_parents(std::string_view domain, std::uint32_t candidate, std::vector<Probe>& out) const {
    for (unsigned left = labels(domain); left > 1;) {
      domain.remove_prefix(domain.find('.') + 1);
      left = left == 63 ? labels(domain) : left - 1;
      if (header.parent_labels >> left & 1) add_probe(Kind::Domain, domain, true, candidate, out);
    }
  }

  void add_ranges(const RangeView& index, AddressKey address, std::vector<Entry>& out) const {
    for (std::uint32_t i = index.innermost(address); i != kNone; i = records[i].parent) out.push_back(entry(i));
  }

  template <typename T>
  Result<std::span<const T>> section(Section which) const {
    const SectionPlace& place = header.sections[which];
    if (place.offset % kAlignment != 0 || place.offset > bytes.size() || place.size > bytes.size() - place.offset)
      return bad_set("section outside the block");
    if (place.size % sizeof(T) != 0) return bad_set("section of a broken size");
    const ByteView view = ByteView(bytes).subspan(place.offset, place.size);
    if (crypto::sha256(view).bytes != place.sha256) return bad_set("digest of a section");
    // vector's memory is aligned for every T here, and so is each section within it.
    return std::span<const T>(reinterpret_cast<const T*>(view.data()), place.size / sizeof(T));
  }

  Result<void> read_header() {
    if (bytes.size() < sizeof(Header)) return bad_set("too short");
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.magic != kMagic || header.version != kVersion) return bad_set("another format");
    if (header.size != bytes.size()) return bad_set("another size");
    const auto digest = crypto::sha256(ByteView(bytes).first(sizeof(Header) - header.sha256.size()));
    if (digest.bytes != header.sha256) return bad_set("digest of the header");
    key = {header.key0, header.key1};
    return {};
  }

  Result<void> read_sections() {
    filter = TRY(section<std::uint64_t>(Filter));
    table = TRY(section<Slot>(Table));
    records = TRY(section<Record>(Entries));
    v4.starts = TRY(section<AddressKey>(V4Starts));
    v4.covers = TRY(section<std::uint32_t>(V4Covers));
    v6.starts = TRY(section<AddressKey>(V6Starts));
    v6.covers = TRY(section<std::uint32_t>(V6Covers));
    const auto chars = TRY(section<char>(Pool));
    pool = {chars.data(), chars.size()};
    return {};
  }

  Result<void> check_records() const {
    if (records.size() != header.entries || records.size() >= kNone) return bad_set("number of entries");
    if (header.id_offset > pool.size() || header.id_size > pool.size() - header.id_offset) return bad_set("set id");
    for (std::size_t i = 0; i < records.size(); ++i) {
      const Record& record = records[i];
      const auto kind = static_cast<Kind>(record.kind);
      if (observable::name(kind).empty() || !(header.kinds & kind_bit(kind))) return bad_set("kind of an entry");
      if (record.text_size == 0 || record.text_offset > pool.size() ||
          record.text_size > pool.size() - record.text_offset)
        return bad_set("text of an entry");
    }
    return {};
  }

  Result<void> check_table() const {
    if (!std::has_single_bit(filter.size()) || !std::has_single_bit(table.size())) return bad_set("size of the table");
    std::size_t used = 0;
    for (const Slot& slot : table) {
      used += slot.entry != 0;
      if (slot.entry > records.size()) return bad_set("slot of the table");
    }
    // Probing ends at an empty slot; half of them keep it short.
    if (used > table.size() / 2) return bad_set("table too full");
    // A value that its own probe does not find would be missed in silence.
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      const auto kind = static_cast<Kind>(records[i].kind);
      const std::string_view value = text(records[i]);
      if ((records[i].flags & kSubdomains) && !(header.parent_labels >> labels(value) & 1))
        return bad_set("labels of a domain");
      if (i > 0 && is(records[i - 1], kind, value)) continue;
      if (find(kind, value, hash_of(key, kind, value)) != i) return bad_set("value not in the table");
    }
    return {};
  }

  /// The index is made again from the entries and must be the same: no chain of parents can then run in circles or name
  /// what does not hold the address.
  Result<void> check_ranges(const RangeView& index, Kind kind) const {
    std::vector<RangePlace> places;
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      if (records[i].kind != static_cast<std::uint8_t>(kind)) continue;
      auto place = place_range(kind, text(records[i]));
      if (!place) return bad_set("text of a range");
      place->entry = i;
      if (!places.empty() &&
          std::tie(place->first, place->prefix) < std::tie(places.back().first, places.back().prefix))
        return bad_set("order of ranges");
      places.push_back(*place);
    }
    const RangeIndex made = index_ranges(places);
    if (!std::equal(made.starts.begin(), made.starts.end(), index.starts.begin(), index.starts.end()) ||
        !std::equal(made.covers.begin(), made.covers.end(), index.covers.begin(), index.covers.end()))
      return bad_set("index of ranges");
    for (std::size_t n = 0; n < places.size(); ++n)
      if (records[places[n].entry].parent != made.parents[n]) return bad_set("parent of a range");
    return {};
  }
};

Set::Set() : impl_(std::make_unique<Impl>()) {}
Set::Set(Set&&) noexcept = default;
Set& Set::operator=(Set&&) noexcept = default;
Set::~Set() = default;

Result<Set> Set::open(Bytes bytes) {
  Set set;
  Impl& impl = *set.impl_;
  impl.bytes = std::move(bytes);
  TRY_VOID(impl.read_header());
  TRY_VOID(impl.read_sections());
  TRY_VOID(impl.check_records());
  TRY_VOID(impl.check_table());
  TRY_VOID(impl.check_ranges(impl.v4, Kind::Ipv4Range));
  TRY_VOID(impl.check_ranges(impl.v6, Kind::Ipv6Range));
  return set;
}

void Set::prepare(Kind kind, std::string_view normal_text, std::uint32_t candidate, std::vector<Probe>& out) const {
  const Impl& set = *impl_;
  if (!(set.header.kinds & kind_bit(kind))) return;
  set.add_probe(kind, normal_text, false, candidate, out);
  if (kind == Kind::Domain) set.add_parents(normal_text, candidate, out);
}

void Set::answer(const Probe& probe, std::vector<Entry>& out) const {
  const Impl& set = *impl_;
  const std::uint32_t first = set.find(probe.kind, probe.text, probe.hash);
  if (first == kNone) return;
  for (std::uint32_t i = first; i < set.records.size() && set.is(set.records[i], probe.kind, probe.text); ++i)
    if (!probe.as_parent || (set.records[i].flags & kSubdomains)) out.push_back(set.entry(i));
}

void Set::probe_ranges(Kind kind, std::string_view normal_text, std::vector<Entry>& out) const {
  const Impl& set = *impl_;
  if (kind == Kind::Ipv4 && !set.v4.starts.empty()) {
    if (const auto number = observable::parse_normal_ipv4(normal_text)) set.add_ranges(set.v4, {0, *number}, out);
  } else if (kind == Kind::Ipv6 && !set.v6.starts.empty()) {
    const auto address = observable::parse_address(normal_text);
    if (address && address->is_v6) set.add_ranges(set.v6, address_key(*address), out);
  }
}

void Set::probe(Kind kind, std::string_view normal_text, std::vector<Entry>& out) const {
  thread_local std::vector<Probe> probes;
  probes.clear();
  prepare(kind, normal_text, 0, probes);
  for (const Probe& probe : probes) answer(probe, out);
  probe_ranges(kind, normal_text, out);
}

std::size_t Set::size() const {
  return impl_->records.size();
}
std::string_view Set::id() const {
  return impl_->id();
}

}  // namespace tocsin::watch
