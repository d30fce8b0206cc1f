// Which new passwords are taken. NIST SP 800-63B section 5.1.1.2: length and a list of what everybody tries first; no
// rules about kinds of characters, no expiry.
#include <algorithm>
#include <array>
#include <bitset>

#include "core/people/people.h"
#include "ground/base/utf8.h"

namespace tocsin::people {
namespace {

constexpr std::size_t kMinCharacters = 12;
constexpr std::size_t kMaxBytes = 1024;
/// What must be left when everything that is guessed first is taken away.
constexpr std::size_t kMinOwnCharacters = 5;
constexpr std::size_t kMinDifferentBytes = 5;

// Longer words first where one holds another: each is taken away as a whole. Folded as fold() does.
constexpr std::string_view kGuessedFirst[] = {
    "administrator", "passw0rd",   "p4ssw0rd",     "passw0rt", "motdepasse", "correcthorsebatterystaple",
    "passphrase",    "qwertyuiop", "1qaz2wsx3edc", "changeme", "motdepass",  "bonjour",
    "azertyuiop",    "asdfghjkl",  "superman",     "princess", "football",   "baseball",
    "sunshine",      "iloveyou",   "trustno",      "whatever", "welcome",    "password",
    "passwort",      "passwd",     "letmein",      "dragon",   "monkey",     "master",
    "shadow",        "matkhau",    "anhyeuem",     "vietnam",  "tocsin",     "qwertz",
    "qwerty",        "azerty",     "zxcvbn",       "asdfgh",   "1qaz2wsx",   "secret",
    "admin",         "login",      "guest",        "default",  "access",     "summer",
    "winter",        "spring",     "autumn",       "root",     "test",       "user",
    "pass",
};

/// Lower case, without what stands between words, and with the letters that people write as other signs.
std::string fold(std::string_view text) {
  constexpr std::string_view kFrom = "@$!|";
  constexpr std::string_view kTo = "asii";
  std::string out;
  for (char c : text) {
    if (c == ' ' || c == '-' || c == '_' || c == '.') continue;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (const auto at = kFrom.find(c); at != std::string_view::npos) c = kTo[at];
    out += c;
  }
  return out;
}

void remove_all(std::string& text, std::string_view word) {
  if (word.size() < 3) return;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word)) text.erase(at, word.size());
}

/// A run of one difference: "aaaa", "1234", "dcba". Only its first character is worth something.
std::string without_runs(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int step = i > 0 ? text[i] - text[i - 1] : 2;
    const int step_before = i > 1 ? text[i - 1] - text[i - 2] : 2;
    const bool runs_on = step == step_before && step >= -1 && step <= 1;
    if (!runs_on) out += text[i];
  }
  return out;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !base::is_inside_character(c); }));
}

std::size_t count_different_bytes(std::string_view text) {
  std::bitset<256> seen;
  for (const char c : text) seen.set(static_cast<unsigned char>(c));
  return seen.count();
}

bool is_guessed_first(std::string_view user, std::string_view password) {
  std::string left = fold(password);
  remove_all(left, fold(user));
  for (const std::string_view word : kGuessedFirst) remove_all(left, word);
  left = without_runs(left);
  return count_characters(left) < kMinOwnCharacters || count_different_bytes(left) < kMinDifferentBytes;
}

}  // namespace

Result<void> check_new_password(std::string_view user, std::string_view password) {
  if (password.size() > kMaxBytes)
    return fail(ErrorCode::TooLarge, "people.password_too_long", {std::to_string(kMaxBytes)});
  if (count_characters(password) < kMinCharacters || is_guessed_first(user, password))
    return fail(ErrorCode::Malformed, "people.weak_password", {std::to_string(kMinCharacters), std::string(user)});
  return {};
}

}  // namespace tocsin::people
