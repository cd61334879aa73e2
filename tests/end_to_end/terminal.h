#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/fd.h"
#include "tests/support/deadline.h"

namespace sockbench::test {

/// A screen that knows what a redrawn table needs: text, \r, \n, cursor up, erase to the end of the
/// line and of the screen, hide and show the cursor. Anything else counts as unknown.
class Screen final {
 public:
  Screen(int columns, int rows);

  void feed(std::string_view bytes);
  /// What is to be seen, without blanks at the ends of lines.
  std::vector<std::string> lines() const;
  /// The same at every moment at which the cursor was shown again: one for each redraw.
  const std::vector<std::vector<std::string>>& redraws() const { return redraws_; }
  bool cursor_visible() const { return cursor_visible_; }
  int unknown_sequences() const { return unknown_; }
  /// Rows that left at the top, and lines that were too long: a table shall cause neither.
  int scrolled() const { return scrolled_; }
  int wrapped() const { return wrapped_; }

 private:
  void put(const std::string& character);
  void new_line();
  void obey(const std::string& sequence);

  std::size_t columns_;
  std::vector<std::vector<std::string>> cells_;
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::string pending_;  // a sequence or a character that is not complete yet
  bool cursor_visible_ = true;
  int unknown_ = 0;
  int scrolled_ = 0;
  int wrapped_ = 0;
  std::vector<std::vector<std::string>> redraws_;
};

/// A program on a terminal of its own. The destructor kills it.
class TerminalProcess final {
 public:
  TerminalProcess(const std::vector<std::string>& command, int columns, int rows);
  TerminalProcess(const TerminalProcess&) = delete;
  TerminalProcess& operator=(const TerminalProcess&) = delete;
  ~TerminalProcess();

  void type(std::string_view keys) const;
  void resize(int columns, int rows) const;
  /// Reads what it writes until `text` was among it, or it ends. False when it was not in time.
  bool read_until(std::string_view text, Deadline deadline = Deadline());
  /// Reads to its end. The exit status as a shell reports it; nullopt when it did not end in time.
  std::optional<int> read_to_end(Deadline deadline = Deadline());
  /// Everything that it wrote so far.
  const std::string& output() const { return output_; }

 private:
  bool read_more(Deadline deadline);

  pid_t pid_ = -1;
  Fd terminal_;
  std::string output_;
};

}  // namespace sockbench::test
