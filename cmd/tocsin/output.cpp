#include "cmd/tocsin/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "ground/base/utf8.h"
#include "ground/text/text.h"

namespace tocsin::cmd {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr Duration kRedrawEvery = base::milliseconds(100);
constexpr std::size_t kBarCells = 24;

/// Bytes of the sequence at the start of `text`, and whether a terminal would obey it.
struct Sequence {
  std::size_t size = 1;
  bool obeyed = false;
};

Sequence sequence_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x80) return {1, first < 0x20 || first == 0x7f};
  if (base::utf8_sequence(text) == 0) return {1, true};
  if (first < 0xe0) return {2, first == 0xc2 && byte(1) < 0xa0};    // U+0080..U+009F
  if (first >= 0xf0) return {4, first == 0xf3 && byte(1) == 0xa0};  // tags
  const bool marks = first == 0xe2 && byte(1) == 0x80 &&
                     ((byte(2) >= 0x8b && byte(2) <= 0x8f) || (byte(2) >= 0xa8 && byte(2) <= 0xae));
  const bool isolates = first == 0xe2 && byte(1) == 0x81 && byte(2) >= 0xa0 && byte(2) <= 0xaf;
  return {3, marks || isolates || (first == 0xef && byte(1) == 0xbb && byte(2) == 0xbf)};
}

std::size_t width(std::string_view text) {
  std::size_t out = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!base::is_inside_character(c)) ++out;
    if (byte == 0xcc || byte == 0xcd) --out;  // combining marks take no cell
  }
  return out;
}

}  // namespace

int exit_code(const Error& error) {
  constexpr std::array<std::string_view, 5> kAway = {"net.unreachable", "net.timeout", "folder.locked",
                                                     "cli.state_in_use", "cli.node_replaced"};
  if (std::find(kAway.begin(), kAway.end(), error.id) != kAway.end()) return kUnreachable;
  return error.id.starts_with("cli.usage.") ? kWrongUsage : kRefused;
}

std::string explain(const Error& error) {
  if (text::find("en", error.id) || error.detail.empty()) return text::say("en", error);
  return printable(error.detail);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Sequence sequence = sequence_at(text);
    const std::size_t size = std::min(sequence.size, text.size());
    if (text.front() == '\n' || text.front() == '\t') {
      out += ' ';
    } else {
      out += sequence.obeyed ? kReplacement : text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

void print_line(std::string_view text) {
  fmt::print("{}\n", text);
}
void print_note(std::string_view text) {
  fmt::print(stderr, "{}\n", text);
}
void print_json(const json::Value& value) {
  fmt::print("{}\n", json::write_pretty(value));
}

std::string text_of(const json::Value& value, std::string_view name) {
  const json::Value* member = value.find(name);
  if (member == nullptr) return "";
  if (const auto* text = member->string()) return *text;
  if (const auto* number = member->integer()) return std::to_string(*number);
  if (const auto* boolean = member->boolean()) return *boolean ? "yes" : "no";
  return "";
}

std::string text_of(const json::Value& value, std::string_view name, std::string_view inner) {
  const json::Value* member = value.find(name);
  return member != nullptr ? text_of(*member, inner) : "";
}

const json::Array& list_of(const json::Value& value, std::string_view name) {
  static const json::Array kNone;
  const json::Value* member = value.find(name);
  return member != nullptr && member->array() != nullptr ? *member->array() : kNone;
}

std::string when(std::string_view rfc3339) {
  if (rfc3339.empty()) return "-";
  if (rfc3339.size() < 20) return std::string(rfc3339);
  std::string out(rfc3339.substr(0, 19));
  out[10] = ' ';
  return out + "Z";
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

void Table::print() const {
  std::vector<std::vector<std::string>> cells;
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    auto& made = cells.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      made.push_back(row[i].empty() ? "-" : printable(row[i]));
      widths[i] = std::max(widths[i], width(made.back()));
    }
  }
  for (const auto& row : cells) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width(row[i]) + 2, ' ');
    }
    print_line(line);
  }
}

Progress::Progress(std::string title) : title_(std::move(title)), visible_(::isatty(STDERR_FILENO) == 1) {}
Progress::~Progress() {
  clear();
}

void Progress::show(std::uint64_t done, std::uint64_t total, std::string_view text) {
  if (!visible_) return;
  const Duration now = base::system_clock().steady();
  if (drawn_ && now.us - last_.us < kRedrawEvery.us) return;
  last_ = now;
  drawn_ = true;
  std::string bar;
  if (total > 0) {
    const auto filled = static_cast<std::size_t>(
        std::min<double>(1.0, static_cast<double>(done) / static_cast<double>(total)) * kBarCells);
    bar = fmt::format("[{}{}] ", std::string(filled, '#'), std::string(kBarCells - filled, '.'));
  }
  fmt::print(stderr, "\r\x1b[K{} {}{}", title_, bar, printable(text));
  std::fflush(stderr);
}

void Progress::clear() {
  if (!drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace tocsin::cmd
