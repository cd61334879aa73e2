#include "tests/support/bytes.h"

#include <algorithm>
#include <cstring>

namespace sockbench::test {

std::string upper(std::string_view request) {
  static const std::string table = [] {
    std::string bytes = every_byte();
    bytes.replace('a', 26, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return bytes;
  }();
  std::string reply(request);
  for (char& byte : reply) byte = table[static_cast<unsigned char>(byte)];
  return reply;
}

std::string every_byte() {
  std::string bytes;
  for (int value = 0; value < 256; ++value) bytes.push_back(static_cast<char>(value));
  return bytes;
}

std::string random_bytes(std::size_t size, std::uint64_t seed) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; i += 8) {  // SplitMix64: tests need megabytes of it
    std::uint64_t word = seed += 0x9e3779b97f4a7c15;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    word ^= word >> 31;
    std::memcpy(&bytes[i], &word, std::min<std::size_t>(8, size - i));
  }
  return bytes;
}

testing::AssertionResult same_bytes(std::string_view got, std::string_view wanted) {
  if (got == wanted) return testing::AssertionSuccess();
  const auto [g, w] = std::mismatch(got.begin(), got.end(), wanted.begin(), wanted.end());
  auto failure = testing::AssertionFailure();
  failure << got.size() << " bytes instead of " << wanted.size();
  if (g != got.end() && w != wanted.end()) {
    failure << "; byte " << g - got.begin() << " is " << static_cast<int>(*g) << " instead of "
            << static_cast<int>(*w);
  }
  return failure;
}

}  // namespace sockbench::test
