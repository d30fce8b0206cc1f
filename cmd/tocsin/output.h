// What people and programs read: tables, the API's own JSON, progress on a terminal, and why something failed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.h"
#include "ground/base/result.h"
#include "ground/json/json.h"

namespace tocsin::cmd {

constexpr int kDone = 0, kRefused = 1, kWrongUsage = 2, kUnreachable = 3;
int exit_code(const Error& error);
/// The sentence for an error, in English; where a newer node knows a message that we do not, the node's own.
std::string explain(const Error& error);

/// Well-formed text with everything taken out that a terminal obeys: controls, marks that turn the direction of
/// writing.
std::string printable(std::string_view text);

void print_line(std::string_view text);  ///< to standard output
void print_note(std::string_view text);  ///< to standard error: what is not the result
void print_json(const json::Value& value);

/// A string, or a number as text, or "" where neither: ids come as either.
std::string text_of(const json::Value& value, std::string_view name);
/// The same of a member's member: {"author": {"name": ..}}.
std::string text_of(const json::Value& value, std::string_view name, std::string_view inner);
/// Elements of the array `name`; none where it is absent.
const json::Array& list_of(const json::Value& value, std::string_view name);
/// "2026-11-21T03:14:00.123456Z" -> "2026-11-21 03:14:00Z"; "-" for nothing.
std::string when(std::string_view rfc3339);
std::string bytes_text(std::uint64_t bytes);

/// Columns as wide as their content; cells are made printable.
class Table {
 public:
  explicit Table(std::vector<std::string> heads) : rows_{std::move(heads)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// A line that is written over and over while a person looks on; silent where standard error is no terminal.
class Progress {
 public:
  explicit Progress(std::string title);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// `total` 0: unknown.
  void show(std::uint64_t done, std::uint64_t total, std::string_view text);
  void clear();

 private:
  const std::string title_;
  const bool visible_;
  bool drawn_ = false;
  Duration last_;
};

}  // namespace tocsin::cmd
