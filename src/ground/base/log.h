// The node's own diary for its operator (standard error, one line an event). Never a key, a password, or the content of
// an indicator: say ids, counts and sizes. Thread safe.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace tocsin::base {

enum class LogLevel { Debug, Info, Warning, Error };

void set_log_level(LogLevel level);
void write_log(LogLevel level, std::string_view text);

template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  write_log(LogLevel::Info, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  write_log(LogLevel::Warning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  write_log(LogLevel::Error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace tocsin::base
