#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sockbench::test {

inline constexpr std::size_t kMiB = std::size_t{1024} * 1024;

/// What a server with `--reply upper` answers; written without the servers' code.
std::string upper(std::string_view request);

/// The 256 byte values in order.
std::string every_byte();

/// `size` bytes that look random, the same ones for the same `seed`.
std::string random_bytes(std::size_t size, std::uint64_t seed);

/// Compares byte by byte; a failure names the first difference instead of printing megabytes.
testing::AssertionResult same_bytes(std::string_view got, std::string_view wanted);

}  // namespace sockbench::test
