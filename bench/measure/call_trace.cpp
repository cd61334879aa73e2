#include "bench/measure/call_trace.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sockbench {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_part_of_name(char c) { return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z'); }

}  // namespace

std::string call_begun(const std::string& line) {
  auto begin = std::find_if_not(line.begin(), line.end(), is_digit);
  begin = std::find_if(begin, line.end(), [](char c) { return c != ' '; });
  const auto end = std::find_if_not(begin, line.end(), is_part_of_name);
  return end != line.end() && *end == '(' ? std::string(begin, end) : "";
}

CallTrace::CallTrace(std::filesystem::path file) : path_(std::move(file)) {
  std::filesystem::remove(path_);
}

CallTrace::~CallTrace() {
  std::error_code none;
  std::filesystem::remove(path_, none);
}

std::vector<std::string> CallTrace::below_strace(const std::vector<std::string>& command) const {
  // Arguments as numbers: strace then reads nothing from the program's memory.
  std::vector<std::string> words = {"strace", "-f",          "-qqq", "-e",  "raw=all",
                                    "-e",     "signal=none", "-o",   path_, "--"};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

Counts CallTrace::read() {
  if (!file_.is_open()) file_.open(path_);
  file_.clear();  // the end of the file last time is none now
  std::array<char, 65536> part;
  while (file_.read(part.data(), part.size()) || file_.gcount() > 0) {
    unread_.append(part.data(), static_cast<std::size_t>(file_.gcount()));
    std::size_t begin = 0;
    for (std::size_t end; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const std::string name = call_begun(unread_.substr(begin, end - begin));
      if (!name.empty()) ++calls_[name];
    }
    unread_.erase(0, begin);
  }
  Counts counts;
  EventCount& all = counts.by_event[kSyscalls];
  for (const auto& [name, calls] : calls_) {
    counts.by_event[kSyscallPrefix + name].value = calls;
    all.value += calls;
  }
  return counts;
}

}  // namespace sockbench
