// For tests: files of the shared folder of foreign data (environment variable TOCSIN_DATA).
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "ground/base/clock.h"
#include "ground/base/file.h"

namespace tocsin::stix {

inline std::string foreign_data() {
  return base::environment("TOCSIN_DATA").value_or(TOCSIN_SOURCE_DIR "/../shared/data");
}

/// Whole content, unpacked by the program xzcat where the name ends in ".xz". Empty where it cannot be read.
inline std::string read_foreign(const std::filesystem::path& path) {
  if (path.extension() != ".xz") return base::read_file(path.string(), 1u << 30).value_or("");
  std::string out;
  FILE* pipe = popen(("xzcat '" + path.string() + "'").c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 1 << 16> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), got);
  pclose(pipe);
  return out;
}

inline std::vector<std::filesystem::path> foreign_files(const std::string& folder) {
  std::vector<std::filesystem::path> out;
  const std::filesystem::path path = foreign_data() + '/' + folder;
  if (std::filesystem::is_directory(path))
    for (const auto& entry : std::filesystem::directory_iterator(path))
      if (entry.is_regular_file()) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace tocsin::stix
