// Laws of the reader: chunks change nothing, every candidate is in its normal form, lines add up. The first byte
// chooses the format, the second the size of the chunks.
#include <algorithm>
#include <cstdlib>

#include "formats/telemetry/telemetry.h"

namespace {

using namespace tocsin::telemetry;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_normal_up_to_case(const Candidate& candidate) {
  const auto normal = tocsin::observable::normalise(candidate.kind, candidate.text);
  if (!normal) return false;
  if (!tocsin::observable::case_means_nothing(candidate.kind)) return *normal == candidate.text;
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(normal->begin(), normal->end(), candidate.text.begin(), candidate.text.end(),
                    [&](char a, char b) { return small(a) == small(b); });
}

std::string outcome(std::string_view text, std::optional<Format> format, std::size_t chunk_size) {
  LineReader reader(format);
  std::string out;
  std::uint64_t events = 0;
  const LineReader::Each each = [&](const LineContext& context, const std::vector<Candidate>& candidates) {
    ++events;
    out += std::to_string(context.line) + ' ' + std::string(context.log) + ' ' + std::string(context.local_host) + '\n';
    for (const auto& candidate : candidates) {
      require(is_normal_up_to_case(candidate));
      out += std::string(candidate.field) + '=' + std::string(candidate.text) + '\n';
    }
  };
  bool good = true;
  for (std::size_t at = 0; good && at < text.size(); at += chunk_size)
    good = reader.feed(std::string(text.substr(at, chunk_size)), each).has_value();
  if (good) good = reader.finish(each).has_value();
  require(events + reader.counts().unreadable <= reader.counts().lines);
  return out + (good ? "good" : "refused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t chunk_size = data[1] % 64u + 1;
  std::optional<Format> format;
  if (data[0] % 4 == 1) format = Format::ZeekTsv;
  if (data[0] % 4 == 2) format = Format::ZeekJson;
  if (data[0] % 4 == 3) format = Format::SuricataEve;
  const std::string_view text = tocsin::base::as_text({data + 2, size - 2});
  require(outcome(text, format, text.size() + 1) == outcome(text, format, chunk_size));
  return 0;
}
