#pragma once

#include <string>
#include <vector>

#include "common/error.h"

/// What tests expect of sentences and pages.
namespace sockbench::test {

/// The sentence of the UsageError that `act` throws.
template <typename Act>
std::string mistake_of(const Act& act) {
  try {
    act();
    return "no mistake was found";
  } catch (const UsageError& error) {
    return error.what();
  }
}

std::vector<std::string> lines_of(const std::string& text);

/// Each part must be in the text.
void expect_parts(const std::string& text, const std::vector<const char*>& parts);

/// Every row of a Markdown table must have as many cells as its first one, as GitHub splits it: a
/// bar counts unless a backslash, itself not escaped, stands before it.
void expect_tables_whole(const std::string& text);

}  // namespace sockbench::test
