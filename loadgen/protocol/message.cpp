#include "loadgen/protocol/message.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "common/error.h"

namespace sockbench {
namespace {

constexpr std::size_t kHeaderBytes = 16;
constexpr std::uint64_t kLowerA = 0x6161616161616161;
constexpr std::uint64_t kUpperA = 0x4141414141414141;
using Header = std::array<char, kHeaderBytes>;

/// The eight nibbles of `value`, lowest first, as eight letters, starting at the letter in
/// `letter`.
std::uint64_t letters(std::uint32_t value, std::uint64_t letter) {
  std::uint64_t x = value;
  x = (x | x << 16) & 0x0000ffff0000ffff;
  x = (x | x << 8) & 0x00ff00ff00ff00ff;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
  return x + letter;
}

Header header(std::uint32_t connection, std::uint64_t sequence, std::uint64_t letter) {
  const std::array<std::uint64_t, 2> words = {letters(static_cast<std::uint32_t>(sequence), letter),
                                              letters(connection, letter)};
  Header out;
  std::memcpy(out.data(), words.data(), out.size());
  return out;
}

}  // namespace

Messages::Messages(MessageSizes sizes, bool upper)
    : sizes_(std::move(sizes)),
      request_(sizes_.largest()),
      reply_(request_.size()),
      letter_a_(upper ? kUpperA : kLowerA) {
  std::uint32_t state =
      1;  // a linear congruential generator: without a short period, so that a shift is detected
  for (std::size_t i = 0; i < request_.size(); ++i) {
    state = state * 1664525 + 1013904223;
    request_[i] = static_cast<char>('a' + (state >> 16) % 26);
    reply_[i] = upper ? static_cast<char>(request_[i] - 'a' + 'A') : request_[i];
  }
}

void Messages::write(std::uint32_t connection, std::uint64_t sequence, std::size_t offset,
                     std::span<char> out) const {
  while (!out.empty()) {
    const std::size_t count = std::min(out.size(), bytes(connection, sequence) - offset);
    std::memcpy(out.data(), request_.data() + offset, count);
    if (offset < kHeaderBytes) {
      const Header head = header(connection, sequence, kLowerA);
      const std::size_t length = std::min(count, kHeaderBytes - offset);
      std::memcpy(out.data(), head.data() + offset, length);
    }
    out = out.subspan(count);
    offset = 0;
    ++sequence;
  }
}

bool Messages::matches(std::uint32_t connection, std::uint64_t sequence, std::size_t offset,
                       std::span<const char> received) const {
  SOCKBENCH_ASSERT(offset + received.size() <= bytes(connection, sequence));
  std::size_t checked = 0;
  if (offset < kHeaderBytes) {
    const Header head = header(connection, sequence, letter_a_);
    checked = std::min(received.size(), kHeaderBytes - offset);
    if (std::memcmp(received.data(), head.data() + offset, checked) != 0) return false;
  }
  return std::memcmp(received.data() + checked, reply_.data() + offset + checked,
                     received.size() - checked) == 0;
}

}  // namespace sockbench
