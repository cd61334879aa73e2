#include "loadgen/protocol/message_sizes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "common/error.h"
#include "common/random.h"
#include "common/units.h"

namespace sockbench {
namespace {

constexpr std::int64_t kLargest = std::int64_t{64} << 20;

std::size_t parse_size(std::string_view text, std::string_view flag) {
  const std::int64_t bytes = parse_bytes(text, flag);
  if (bytes < 1 || bytes > kLargest) {
    throw UsageError(std::string(flag) + " '" + std::string(text) + "' is not from 1 to 64MiB.");
  }
  return static_cast<std::size_t>(bytes);
}

[[noreturn]] void reject(std::string_view text, std::string_view flag) {
  throw UsageError(std::string(flag) + " '" + std::string(text) +
                   "' is not a size (64), a range (uniform:64-1024) or a list with weights "
                   "(64:90,4KiB:10).");
}

}  // namespace

MessageSizes::MessageSizes(std::vector<Entry> entries, std::string text)
    : entries_(std::move(entries)), text_(std::move(text)) {
  double sum = 0;
  for (const Entry& entry : entries_) sum += entry.weight;
  for (Entry& entry : entries_) entry.weight /= sum;
}

MessageSizes MessageSizes::parse(std::string_view text, std::string_view flag) {
  constexpr std::string_view kUniform = "uniform:";
  if (text.starts_with(kUniform)) {
    const std::string_view range = text.substr(kUniform.size());
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos) reject(text, flag);
    const std::size_t low = parse_size(range.substr(0, dash), flag);
    const std::size_t high = parse_size(range.substr(dash + 1), flag);
    if (low > high) reject(text, flag);
    return MessageSizes({{low, high, 1}}, std::string(text));
  }
  if (text.find(':') == std::string_view::npos) return MessageSizes(parse_size(text, flag));
  if (text.ends_with(',')) reject(text, flag);
  std::vector<Entry> entries;
  std::istringstream parts{std::string(text)};
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t colon = part.find(':');
    if (colon == std::string::npos) reject(text, flag);
    const std::size_t bytes = parse_size(std::string_view(part).substr(0, colon), flag);
    char* end = nullptr;
    const double weight = std::strtod(part.c_str() + colon + 1, &end);
    const bool is_number = end != part.c_str() + colon + 1 && *end == '\0';
    if (!is_number || !std::isfinite(weight) || weight <= 0) reject(text, flag);
    entries.push_back({bytes, bytes, weight});
  }
  return {std::move(entries), std::string(text)};
}

std::size_t MessageSizes::drawn(std::uint32_t connection, std::uint64_t sequence) const {
  Random random(std::uint64_t{connection} << 40 ^ sequence);
  double at = random.uniform();
  for (const Entry& entry : entries_) {
    if (at < entry.weight || &entry == &entries_.back()) {
      return entry.low + static_cast<std::size_t>(random.below(entry.high - entry.low + 1));
    }
    at -= entry.weight;
  }
  return entries_.back().high;
}

std::size_t MessageSizes::largest() const {
  std::size_t largest = 0;
  for (const Entry& entry : entries_) largest = std::max(largest, entry.high);
  return largest;
}

double MessageSizes::mean() const {
  double sum = 0;
  for (const Entry& entry : entries_) {
    sum += entry.weight * static_cast<double>(entry.low + entry.high) / 2;
  }
  return sum;
}

}  // namespace sockbench
