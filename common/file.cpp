#include "common/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "common/error.h"
#include "common/fd.h"

namespace sockbench {
void write_all(int fd, std::string_view text, const std::string& what) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    check(static_cast<int>(std::min<ssize_t>(written, 1)), what);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void write_file_atomically(const std::string& path, std::string_view text) {
  const std::string what = "write " + path;
  if (path == "-") return write_all(STDOUT_FILENO, text, "write to standard output");
  const std::string temporary = path + "." + std::to_string(::getpid()) + ".tmp";
  const Fd file(
      check(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), what));
  try {
    write_all(file.get(), text, what);
    check(::rename(temporary.c_str(), path.c_str()), what);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  try {
    text.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  } catch (const std::ios_base::failure&) {  // a folder can be opened but not read
    file.setstate(std::ios::badbit);
  }
  if (!file) throw UsageError("The file '" + path + "' cannot be read.");
  return text;
}

}  // namespace sockbench
