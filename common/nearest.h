#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sockbench {

/// How many characters must be inserted, deleted, replaced or swapped with their neighbour for `a`
/// to become `b`. Capitals count as small letters, and _ as -.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The one of `names` that was probably meant, the first one of several; nullopt when none is near:
/// a third of what was typed may be wrong, but never all of it.
std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& names);

/// The end of a sentence about an unknown name: "did you mean 'epoll'?", or `otherwise`.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& names,
                         const std::string& otherwise);

}  // namespace sockbench
