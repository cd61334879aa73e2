#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace sockbench {

/// What became of bytes that were given to a ReplyParser.
struct Taken {
  std::size_t bytes = 0;  ///< used up; the rest belongs to the next reply
  bool complete = false;  ///< the reply ended with them
  bool right = true;      ///< false: not what the request must be answered with; nothing follows
};

/// Finds the end of each reply in one connection's stream and checks it: for protocols whose
/// replies have a framing of their own.
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
