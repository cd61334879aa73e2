#include "bench/machine/doctor.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/or_null.h"
#include "common/text.h"

namespace sockbench {
using nlohmann::ordered_json;

const char* to_text(Status status) {
  switch (status) {
    case Status::kGood:
      return "good";
    case Status::kNote:
      return "note";
    case Status::kBad:
      break;
  }
  return "bad";
}

std::vector<Finding> diagnose(const MachineFacts& facts) {
  std::vector<Finding> findings;
  for (const auto& judge : {judge_processors, judge_limits, judge_permissions}) {
    for (Finding& finding : judge(facts)) findings.push_back(std::move(finding));
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.status > b.status; });
  return findings;
}

std::vector<std::string> spoiling(const std::vector<Finding>& findings) {
  std::vector<std::string> sentences;
  for (const Finding& finding : findings) {
    if (finding.status != Status::kBad || !finding.spoils) continue;
    sentences.push_back(finding.item + " (" + finding.found + "): " + finding.cost + ".");
  }
  return sentences;
}

ordered_json to_json(const std::vector<Finding>& findings) {
  ordered_json list = ordered_json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"item", finding.item},
                    {"status", to_text(finding.status)},
                    {"found", finding.found},
                    {"cost", finding.cost},
                    {"advice", or_null(finding.advice)}});
  }
  return list;
}

std::string to_text(const std::vector<Finding>& findings) {
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.item.size());
  std::string text;
  for (const Finding& finding : findings) {
    text += padded(to_text(finding.status), 6) + padded(finding.item, width + 2) + finding.found;
    text += '\n';
    if (finding.cost.empty()) continue;
    text += std::string(6 + width + 2, ' ') + finding.cost;
    if (finding.advice) text += "; try: " + *finding.advice;
    text += '\n';
  }
  return text;
}

}  // namespace sockbench
