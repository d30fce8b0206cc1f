#include <cstring>

#include "formats/telemetry/gatherer.h"
#include "formats/telemetry/json_lines.h"
#include "formats/telemetry/telemetry.h"
#include "formats/telemetry/zeek_tsv.h"

namespace tocsin::telemetry {
namespace {

// EVE lines with a payload reach some hundred kilobytes; what is longer is no line but an attack on memory.
constexpr std::size_t kMaxLine = 4u << 20;
// A log may begin in the middle of a line, or with what its writer was told at its start.
constexpr std::uint64_t kLinesToDecide = 100;

}  // namespace

std::string_view name(Format format) {
  switch (format) {
    case Format::ZeekTsv:
      return "zeek-tsv";
    case Format::ZeekJson:
      return "zeek-json";
    case Format::SuricataEve:
      return "suricata-eve";
  }
  return {};
}

struct LineReader::Impl {
  std::optional<Format> format;
  Counts counts;
  std::string partial;          // the beginning of a line whose end has not come
  bool overlong = false;        // what comes up to the next line feed belongs to a line that was given up
  std::uint64_t undecided = 0;  // lines so far of which none showed the format
  bool unrecognised = false;
  Gatherer gatherer;
  ZeekTsv zeek_tsv;
  JsonLines json_lines;

  bool decide(std::string_view line) {
    if (format) return true;
    if (line.starts_with('#')) format = Format::ZeekTsv;
    if (line.starts_with('{')) format = json_lines.recognise(line);
    if (format) return true;
    give_up();
    return false;
  }

  void give_up() {
    ++counts.unreadable;
    if (!format) unrecognised = ++undecided == kLinesToDecide;
  }

  void line(std::string_view text, const Each& each) {
    ++counts.lines;
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.empty()) return;
    if (text.size() > kMaxLine) return give_up();
    if (!decide(text)) return;
    gatherer.begin();
    gatherer.context.line = counts.lines;
    if (*format == Format::ZeekTsv) {
      const auto what = zeek_tsv.read(text, gatherer);
      if (what == ZeekTsv::Line::Unreadable) ++counts.unreadable;
      if (what != ZeekTsv::Line::Event) return;
    } else if (!json_lines.read(text, *format, gatherer)) {
      ++counts.unreadable;
      return;
    }
    gatherer.end();
    each(gatherer.context, gatherer.candidates);
  }

  /// Ends the line that earlier chunks began; returns what follows it.
  std::string_view complete_partial(std::string_view chunk, const Each& each) {
    const auto feed = chunk.find('\n');
    const std::string_view head = chunk.substr(0, feed);
    if (!overlong && partial.size() + head.size() > kMaxLine) {
      overlong = true;
      partial.clear();
    }
    if (!overlong) partial.append(head);
    if (feed == std::string_view::npos) return {};
    if (overlong) {
      ++counts.lines;
      give_up();
    } else {
      line(partial, each);
    }
    overlong = false;
    partial.clear();
    return chunk.substr(feed + 1);
  }

  Result<void> outcome() const {
    if (unrecognised) return fail(ErrorCode::Malformed, "telemetry.unrecognised");
    return {};
  }
};

LineReader::LineReader(std::optional<Format> format) : impl_(std::make_unique<Impl>()) {
  impl_->format = format;
}
LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;
const Counts& LineReader::counts() const {
  return impl_->counts;
}

Result<void> LineReader::feed(std::string_view chunk, const Each& each) {
  Impl& impl = *impl_;
  TRY_VOID(impl.outcome());
  impl.counts.bytes += chunk.size();
  if (!impl.partial.empty() || impl.overlong) chunk = impl.complete_partial(chunk, each);
  while (!chunk.empty() && !impl.unrecognised) {
    const auto* const feed = static_cast<const char*>(std::memchr(chunk.data(), '\n', chunk.size()));
    if (feed == nullptr) {
      impl.complete_partial(chunk, each);
      break;
    }
    const auto size = static_cast<std::size_t>(feed - chunk.data());
    impl.line(chunk.substr(0, size), each);
    chunk.remove_prefix(size + 1);
  }
  return impl.outcome();
}

Result<void> LineReader::finish(const Each& each) {
  Impl& impl = *impl_;
  TRY_VOID(impl.outcome());
  if (impl.overlong) {
    ++impl.counts.lines;
    impl.give_up();
  }
  if (!impl.partial.empty()) impl.line(impl.partial, each);
  impl.overlong = false;
  impl.partial.clear();
  impl.unrecognised = !impl.format && impl.undecided > 0;
  return impl.outcome();
}

void LineReader::resume(std::string_view head, std::uint64_t lines_before) {
  Impl& impl = *impl_;
  while (head.starts_with('#')) {
    const auto feed = head.find('\n');
    if (feed == std::string_view::npos) break;
    impl.line(head.substr(0, feed), [](const LineContext&, const std::vector<Candidate>&) {});
    head.remove_prefix(feed + 1);
  }
  impl.counts = {.lines = lines_before};
}

}  // namespace tocsin::telemetry
