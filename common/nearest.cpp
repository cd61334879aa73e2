#include "common/nearest.h"

#include <algorithm>
#include <numeric>

namespace sockbench {
namespace {

std::string plain(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return small;
}

}  // namespace

// Damerau's distance in its restricted form: no place is changed twice.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::string from = plain(a);
  const std::string to = plain(b);
  std::vector<std::size_t> before(to.size() + 1);
  std::vector<std::size_t> above(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& names) {
  const std::size_t most = std::max<std::size_t>(1, typed.size() / 3);
  std::optional<std::string> best;
  std::size_t fewest = std::min(most + 1, typed.size());
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(typed, name);
    if (distance >= fewest) continue;
    fewest = distance;
    best = name;
  }
  return best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& names,
                         const std::string& otherwise) {
  const auto name = nearest(typed, names);
  return name ? "did you mean '" + *name + "'?" : otherwise;
}

}  // namespace sockbench
