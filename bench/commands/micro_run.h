#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sockbench {

/// Measures these operations of sockbench-micro (in its short form, a second or two) and writes
/// `out`, which holds nothing else then; an interrupted one leaves none. Throws std::runtime_error
/// when the program is missing or fails; what it said is in `log`.
void measure_micro(const std::filesystem::path& programs, const std::vector<std::string>& names,
                   const std::filesystem::path& out, const std::filesystem::path& log);

}  // namespace sockbench
