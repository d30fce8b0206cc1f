// A sensor reads millions of lines a second: a line whose values stand in their normal form must cost no allocation.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "formats/telemetry/telemetry.h"

namespace {

thread_local std::size_t allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* out = std::malloc(size)) return out;
  std::abort();
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(size);
}
void* operator new[](std::size_t size) {
  return counted(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace tocsin::telemetry {
namespace {

/// Allocations of the thousand lines that follow a thousand of the same.
std::size_t allocations_once_warm(std::string_view head, std::string_view line) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += line;
  LineReader reader;
  std::size_t values = 0;
  const LineReader::Each each = [&](const LineContext&, const std::vector<Candidate>& candidates) {
    values += candidates.size();
  };
  EXPECT_TRUE(reader.feed(head, each));
  EXPECT_TRUE(reader.feed(lines, each));
  values = 0;
  const std::size_t before = allocations;
  EXPECT_TRUE(reader.feed(lines, each));
  const std::size_t out = allocations - before;
  EXPECT_GE(values, 3000u) << "the lines were read";
  return out;
}

TEST(Allocation, CountsWhatIsAllocated) {
  const std::size_t before = allocations;
  const auto one = std::make_unique<int>(1);
  EXPECT_EQ(allocations, before + 1);
  // A name in capitals must be brought into its normal form: the measure is able to fail.
  EXPECT_GT(allocations_once_warm("#fields\tid.orig_h\tid.resp_h\tquery\n#types\taddr\taddr\tstring\n",
                                  "10.0.0.1\t10.0.0.53\tA-RATHER-LONG-NAME.EXAMPLE\n"),
            0u);
}

TEST(Allocation, NoneForALineOfZeekTsv) {
  EXPECT_EQ(allocations_once_warm("#path\thttp\n#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\thost\turi\tuser_agent\n"
                                  "#types\ttime\taddr\taddr\tport\tstring\tstring\tstring\n",
                                  "1713484795.943239\t10.0.0.1\t2001:db8::1\t80\ta-rather-long-name.example\t/a/b?c\t"
                                  "Mozilla/5.0 (X11; Linux x86_64)\n"),
            0u);
}

TEST(Allocation, NoneForALineOfJson) {
  EXPECT_EQ(allocations_once_warm(
                "", R"({"timestamp":"2021-06-06T16:26:27.431769+0200","event_type":"dns","src_ip":"10.0.0.1",)"
                    R"("dest_ip":"10.0.0.53","dns":{"answers":[{"rrname":"a-rather-long-name.example"}]}})"
                    "\n"),
            0u);
}

}  // namespace
}  // namespace tocsin::telemetry
