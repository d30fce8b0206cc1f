// The compiled set: all values to watch for, in one immutable block that a sensor probes.
//
// Layout (little endian, version 1): header {magic "TOCSET01", version, set id, counts, section table, SHA-256 per
// section}, then sections: a small filter that answers most probes, a hash table of 64-bit keyed hashes -> entry, CIDR
// tables sorted for binary search, entry records, string pool (layout.h has every byte). A set opened from untrusted
// bytes is checked once (digests, every offset) and trusted then.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/observable/observable.h"
#include "ground/base/bytes.h"
#include "ground/base/result.h"

namespace tocsin::watch {

/// One thing to watch for, as the node hands it to the compiler.
struct Rule {
  observable::Value value;
  std::uint64_t grounds = 0;  ///< the node's own row id of the indicator: comes back with each hit
  bool subdomains = true;     ///< Domain: match names below it too
};

struct Entry {
  std::uint32_t index;  ///< within this set
  observable::Kind kind;
  std::string_view text;
  std::uint64_t grounds;
};

/// One look-up in the table that a candidate value needs: of itself or of a parent domain.
struct Probe {
  std::string_view text;
  std::uint64_t hash;
  std::uint32_t candidate;  ///< the caller's own number
  observable::Kind kind;
  bool as_parent;
};

class Set {
 public:
  /// Compiles; duplicate (kind, value) keep every ground (the hit names them all), and so do the spellings of a value
  /// whose case means nothing.
  static Bytes compile(std::vector<Rule> rules, std::string_view set_id);
  /// Checks and opens. Corrupt (watch.bad_set) on any damage. The bytes are kept by the set.
  static Result<Set> open(Bytes bytes);

  /// The entries that a candidate value meets: itself, its parent domains, its ranges, its URL's host is not tried
  /// here. Appends to `out` (not cleared). No allocation unless something is found. Thread safe.
  void probe(observable::Kind kind, std::string_view normal_text, std::vector<Entry>& out) const;

  /// probe() in three steps, for many candidates at once: a look-up waits on memory for ten times as long as it
  /// computes, so all of a line are asked for before the first is answered. Appends the look-ups of a value to `out`
  /// and fetches what they will touch.
  void prepare(observable::Kind kind, std::string_view normal_text, std::uint32_t candidate,
               std::vector<Probe>& out) const;
  void answer(const Probe& probe, std::vector<Entry>& out) const;
  /// The ranges around an address; nothing for other kinds.
  void probe_ranges(observable::Kind kind, std::string_view normal_text, std::vector<Entry>& out) const;

  std::size_t size() const;
  std::string_view id() const;

  Set(Set&&) noexcept;
  Set& operator=(Set&&) noexcept;
  ~Set();

 private:
  Set();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::watch
