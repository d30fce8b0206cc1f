// What a person types. On a terminal a question is asked, and secrets are not echoed; where standard input is no
// terminal, each question takes one line of it, so that scripts and pipes work the same way.
#pragma once

#include <string>

#include "ground/base/result.h"

namespace tocsin::cmd {

enum class Typed { Once, Twice };

/// The first line of `file` where one is named ("-": standard input, /dev/fd/N: a descriptor), else asked for. Twice:
/// on a terminal it is asked again, because nobody sees what was typed. cli.no_input {question}, cli.typed_differently.
Result<std::string> ask_secret(const std::string& question, const std::string& file, Typed typed);
/// cli.no_input {question}.
Result<std::string> ask_line(const std::string& question);
/// Goes on only where a person says yes, or the command line has said it (`said`: its --yes). cli.not_confirmed;
/// cli.nobody_to_ask {question} without a terminal.
Result<void> confirm(const std::string& question, bool said);

}  // namespace tocsin::cmd
