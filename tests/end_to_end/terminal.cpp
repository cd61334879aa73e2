#include "tests/end_to_end/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "common/error.h"
#include "common/file.h"

namespace sockbench::test {
namespace {

std::size_t length_of_character(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0x80U) return 1;
  if (byte < 0xE0U) return 2;
  return byte < 0xF0U ? 3 : 4;
}

winsize window_of(int columns, int rows) {
  winsize window{};
  window.ws_col = static_cast<unsigned short>(columns);
  window.ws_row = static_cast<unsigned short>(rows);
  return window;
}

bool is_final_byte(char c) { return c >= '@' && c <= '~'; }

}  // namespace

Screen::Screen(int columns, int rows)
    : columns_(static_cast<std::size_t>(columns)),
      cells_(static_cast<std::size_t>(rows), std::vector<std::string>(columns_, " ")) {}

void Screen::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (pending_.empty() && c == '\r') {
      column_ = 0;
    } else if (pending_.empty() && c == '\n') {
      new_line();
    } else {
      pending_ += c;
      const bool sequence = pending_[0] == '\033';
      const bool ends = sequence ? pending_.size() > 2 && is_final_byte(c)
                                 : pending_.size() == length_of_character(pending_[0]);
      if (!ends) continue;
      const std::string whole = std::exchange(pending_, "");
      sequence ? obey(whole) : put(whole);
    }
  }
}

std::vector<std::string> Screen::lines() const {
  std::vector<std::string> lines;
  for (const auto& row : cells_) {
    std::string& line = lines.emplace_back();
    for (const std::string& cell : row) line += cell;
    line.erase(line.find_last_not_of(' ') + 1);
  }
  return lines;
}

void Screen::put(const std::string& character) {
  if (column_ == columns_) {
    ++wrapped_;
    column_ = 0;
    new_line();
  }
  cells_[row_][column_++] = character;
}

// The terminal's driver sends \r before each \n, so this only goes down.
void Screen::new_line() {
  if (row_ + 1 < cells_.size()) {
    ++row_;
    return;
  }
  ++scrolled_;
  cells_.erase(cells_.begin());
  cells_.emplace_back(columns_, " ");
}

void Screen::obey(const std::string& sequence) {
  const std::string body = sequence.substr(2, sequence.size() - 3);
  const auto erase_line = [&](std::size_t row, std::size_t from) {
    for (std::size_t i = from; i < columns_; ++i) cells_[row][i] = " ";
  };
  if (sequence.back() == 'A') {
    row_ -= std::min<std::size_t>(row_, std::stoul(body));
  } else if (sequence == "\033[K") {
    erase_line(row_, column_);
  } else if (sequence == "\033[J") {
    erase_line(row_, column_);
    for (std::size_t row = row_ + 1; row < cells_.size(); ++row) erase_line(row, 0);
  } else if (sequence == "\033[?25l") {
    cursor_visible_ = false;
  } else if (sequence == "\033[?25h") {
    cursor_visible_ = true;
    redraws_.push_back(lines());
  } else {
    ++unknown_;
  }
}

TerminalProcess::TerminalProcess(const std::vector<std::string>& command, int columns, int rows) {
  const winsize window = window_of(columns, rows);
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int terminal = -1;
  pid_ = check(::forkpty(&terminal, nullptr, nullptr, &window), "forkpty");
  if (pid_ == 0) {
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  terminal_ = Fd(terminal);
  check(::fcntl(terminal, F_SETFD, FD_CLOEXEC), "fcntl");
}

TerminalProcess::~TerminalProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void TerminalProcess::type(std::string_view keys) const {
  write_all(terminal_.get(), keys, "type into the terminal");
}

void TerminalProcess::resize(int columns, int rows) const {
  const winsize window = window_of(columns, rows);
  check(::ioctl(terminal_.get(), TIOCSWINSZ, &window), "TIOCSWINSZ");
}

bool TerminalProcess::read_until(std::string_view text, Deadline deadline) {
  while (output_.find(text) == std::string::npos) {
    if (!read_more(deadline)) return false;
  }
  return true;
}

std::optional<int> TerminalProcess::read_to_end(Deadline deadline) {
  while (read_more(deadline)) {
  }
  if (deadline.passed()) return std::nullopt;
  int status = 0;
  check(::waitpid(pid_, &status, 0), "waitpid");
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Reading gives EIO once the program and all that it started are gone.
bool TerminalProcess::read_more(Deadline deadline) {
  pollfd wanted{terminal_.get(), POLLIN, 0};
  if (::poll(&wanted, 1, deadline.poll_ms()) <= 0) return false;
  std::array<char, 4096> bytes{};
  const ssize_t count = ::read(terminal_.get(), bytes.data(), bytes.size());
  if (count <= 0) return false;
  output_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

}  // namespace sockbench::test
