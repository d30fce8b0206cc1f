// Hosts files that keep names from being reached: "0.0.0.0 evil.example". The names are the values; the address only
// says that they lead nowhere.
#include <algorithm>
#include <array>

#include "formats/lists/lines.h"
#include "ground/base/utf8.h"

namespace tocsin::lists {
namespace {

constexpr std::size_t kMaxNoteBytes = 1000;
constexpr std::string_view kBlanks = " \t";

// The next word of the line; empty at its end.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

bool leads_nowhere(std::string_view address) {
  return address == "0.0.0.0" || address == "::" || address == "::1" || address.starts_with("127.");
}

// Names of the machine itself and of its network, with which such files begin: without a dot, or one of these.
bool is_local(std::string_view name) {
  constexpr std::array<std::string_view, 2> kLocal{"0.0.0.0", "localhost.localdomain"};
  return name.find('.') == std::string_view::npos || std::find(kLocal.begin(), kLocal.end(), name) != kLocal.end();
}

struct HostsLine {
  std::string_view address, names, note;
};
HostsLine parts_of(std::string_view line) {
  const auto remark = line.find('#');
  HostsLine out;
  out.names = line.substr(0, remark);
  out.address = take_word(out.names);
  if (remark != std::string_view::npos) out.note = trimmed(line.substr(remark + 1));
  return out;
}

// False where the sink wants no more.
bool read_line(const HostsLine& line, std::string_view written, std::size_t number, const Sink& sink) {
  bool known = false, unknown = false;
  std::string_view rest = line.names;
  for (std::string_view name = take_word(rest); !name.empty(); name = take_word(rest)) {
    auto value = observable::recognise(name);
    const bool is_name = value && value->kind == observable::Kind::Domain;
    if (is_local(name)) {
      known = true;
    } else if (!is_name || !leads_nowhere(line.address)) {
      unknown = true;
    } else {
      known = true;
      if (!sink.entry({std::move(*value), "", "", base::first_bytes(line.note, kMaxNoteBytes), number})) return false;
    }
  }
  if (unknown || !known) refuse(sink, number, "lists.unknown_value", written);
  return true;
}

}  // namespace

Result<void> read_hosts(std::string_view text, const Sink& sink) {
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (line.size() > kMaxLineBytes)
      refuse(sink, lines.number(), "lists.too_long", line);
    else if (!is_comment(line) && !read_line(parts_of(line), line, lines.number(), sink))
      return {};
  }
  return {};
}

bool looks_like_hosts(std::string_view head) {
  constexpr std::size_t kLinesToTry = 50;
  Lines lines(head);
  std::size_t tried = 0, hosts = 0;
  for (std::string_view line; tried < kLinesToTry && lines.next(line);) {
    if (is_comment(line)) continue;
    ++tried;
    HostsLine parts = parts_of(line);
    if (leads_nowhere(parts.address) && !take_word(parts.names).empty()) ++hosts;
  }
  return 2 * hosts > tried;
}

}  // namespace tocsin::lists
