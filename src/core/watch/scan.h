// Scanning: lines against a set, hits folded. What a sensor does between the reader and the spool.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/watch/set.h"
#include "formats/telemetry/telemetry.h"

namespace tocsin::watch {

/// One meeting of a line with an indicated value. Minimal on purpose: telemetry stays home.
struct Hit {
  std::vector<std::uint64_t> grounds;  ///< rows of the indicators, from the set
  observable::Kind kind = observable::Kind::Ipv4;
  std::string value;  ///< the indicated value, not the line
  std::string seen;   ///< the value in the line ("a.evil.example" for "evil.example")
  std::string field, log, file;
  std::uint64_t line = 0;
  std::optional<Time> time;
  std::string host;  ///< the local host concerned, as the log names it
  /// Who else took part and is not the indicated value: the other side, a client behind our proxy. A sensor does not
  /// know which host is critical; the node looks at all of them.
  std::vector<std::string> others;
};

/// Hits of one (value, host, others, log) folded into one row with counts: first, last, number.
struct FoldedHit {
  Hit first;
  std::uint64_t count = 0;
  std::optional<Time> first_time, last_time;
};

class Folder {
 public:
  void add(const Hit& hit);
  /// Everything since the last call, most frequent first.
  std::vector<FoldedHit> take();
  std::size_t size() const { return folded_.size(); }

 private:
  std::map<std::string, FoldedHit> folded_;
};

/// Probes all candidates of a line; at most one hit per (value, line). The host of a hit: the side of the connection
/// that is not the indicated value; of two such sides the one with a private address, else the client.
class Scanner {
 public:
  explicit Scanner(const Set& set) : set_(&set) {}
  void swap(const Set& set) { set_ = &set; }
  void line(const std::string& file, const telemetry::LineContext& context,
            const std::vector<telemetry::Candidate>& candidates, const std::function<void(const Hit&)>& on_hit);

 private:
  void tell(const std::string& file, const telemetry::LineContext& context, const telemetry::Candidate& candidate,
            const std::function<void(const Hit&)>& on_hit);

  const Set* set_;
  std::vector<Probe> probes_;        ///< of one line
  std::vector<Entry> found_;         ///< of one candidate
  std::vector<std::uint32_t> told_;  ///< entries that this line has met already
};

}  // namespace tocsin::watch
