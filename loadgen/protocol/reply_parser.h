#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace sockbench {

/// The result of passing bytes to a ReplyParser.
struct Taken {
  std::size_t bytes = 0;  ///< used; the rest belongs to the next reply
  bool complete = false;  ///< the reply ends with them
  bool right = true;      ///< false: a wrong reply; nothing may follow
};

/// Finds the end of each reply in the stream of a connection and checks it, for protocols other
/// than echo.
class ReplyParser {
 public:
  ReplyParser() = default;
  virtual ~ReplyParser() = default;
  ReplyParser(const ReplyParser&) = delete;
  ReplyParser& operator=(const ReplyParser&) = delete;
  ReplyParser(ReplyParser&&) = delete;
  ReplyParser& operator=(ReplyParser&&) = delete;

  /// `bytes` is not empty. Takes bytes of one reply at most.
  virtual Taken take(std::span<const char> bytes) = 0;
};

}  // namespace sockbench
