#pragma once

#include <cstddef>
#include <filesystem>

/// What the project comes with.
namespace sockbench::test {

inline const std::filesystem::path kData = SOCKBENCH_SOURCE_DIR "/bench";
inline constexpr std::size_t kModels = 18;

}  // namespace sockbench::test
