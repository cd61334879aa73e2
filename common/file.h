#pragma once

#include <string>
#include <string_view>

namespace sockbench {

/// Writes `text` to `path` through a temporary file beside it and a rename, so that a crash leaves
/// the old file or the new one. "-" is standard output. Throws std::system_error naming the path.
void write_file_atomically(const std::string& path, std::string_view text);

/// Writes all of `text` to an open file; throws std::system_error with `what`.
void write_all(int fd, std::string_view text, const std::string& what);

/// The whole file. Throws UsageError when it cannot be read.
std::string read_file(const std::string& path);

}  // namespace sockbench
