#include "cmd/tocsin/prompts.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>

#include "ground/base/file.h"

namespace tocsin::cmd {
namespace {

constexpr std::uint64_t kMaxSecretFile = 64 * 1024;
constexpr std::size_t kMaxLine = 4096;

termios terminal_as_it_was;  // a signal handler can reach nothing else

void restore_terminal_and_end(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_as_it_was);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

/// Turns the echo off while it lives, and leaves the terminal as it was even when the person gives up with Ctrl-C.
class NoEcho {
 public:
  NoEcho() {
    if (::tcgetattr(STDIN_FILENO, &terminal_as_it_was) != 0) return;
    active_ = true;
    for (const int signal : {SIGINT, SIGTERM}) ::signal(signal, restore_terminal_and_end);
    termios quiet = terminal_as_it_was;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
  }
  ~NoEcho() {
    if (!active_) return;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_as_it_was);
    for (const int signal : {SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);
    fmt::print(stderr, "\n");
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  bool active_ = false;
};

bool on_terminal() {
  return ::isatty(STDIN_FILENO) == 1;
}

// Byte by byte: what follows the line belongs to the next question.
Result<std::string> read_line(const std::string& question) {
  std::string out;
  for (;;) {
    char c = 0;
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 && out.empty()) return fail(ErrorCode::Malformed, "cli.no_input", {question});
    if (got <= 0 || c == '\n') break;
    if (out.size() == kMaxLine) return fail(ErrorCode::TooLarge, "cli.line_too_long", {question});
    out += c;
  }
  if (!out.empty() && out.back() == '\r') out.pop_back();
  return out;
}

Result<std::string> ask(const std::string& question, bool secret) {
  if (!on_terminal()) return read_line(question);
  std::optional<NoEcho> quiet;  // before the question: whoever types at once must not be shown
  if (secret) quiet.emplace();
  fmt::print(stderr, "{}: ", question);
  std::fflush(stderr);
  return read_line(question);
}

}  // namespace

Result<std::string> ask_secret(const std::string& question, const std::string& file, Typed typed) {
  if (!file.empty()) {
    std::string content = TRY(base::read_file(file, kMaxSecretFile));
    content.resize(std::min(content.size(), content.find_first_of("\r\n")));
    if (content.empty()) return fail(ErrorCode::Malformed, "cli.no_input", {question});
    return content;
  }
  std::string first = TRY(ask(question, true));
  if (typed == Typed::Twice && on_terminal() && TRY(ask(question + ", again", true)) != first)
    return fail(ErrorCode::Malformed, "cli.typed_differently");
  return first;
}

Result<std::string> ask_line(const std::string& question) {
  return ask(question, false);
}

Result<void> confirm(const std::string& question, bool said) {
  if (said) return {};
  if (!on_terminal()) return fail(ErrorCode::Conflict, "cli.nobody_to_ask", {question});
  const std::string answer = TRY(ask(question + "? [y/N]", false));
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return fail(ErrorCode::Conflict, "cli.not_confirmed");
}

}  // namespace tocsin::cmd
