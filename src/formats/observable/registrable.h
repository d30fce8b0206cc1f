// The Public Suffix List. Internal to the room; the product reads the system's list, tests may bring their own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::observable {

/// Immutable once loaded; thread safe.
class SuffixList {
 public:
  /// The newer of the system's file and the list built into libpsl.
  static const SuffixList& system();
  static std::optional<SuffixList> from_file(const std::string& path);

  std::optional<std::string> registrable(std::string_view normal_domain) const;

  SuffixList(SuffixList&&) noexcept;
  ~SuffixList();

 private:
  struct Context;
  explicit SuffixList(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace tocsin::observable
