#include <algorithm>
#include <sstream>
#include <string_view>
#include <vector>

#include "bench/record/duel_figures.h"
#include "bench/record/duel_reports.h"
#include "bench/record/format.h"
#include "common/text.h"
#include "common/units.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

/// A comment on GitHub holds 65,536 characters.
constexpr std::size_t kLongestText = 600;
constexpr std::size_t kLongestLabel = 60;

/// One line that GitHub shows as it is: no markup, no HTML, no mention, no link to an issue.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '@':
        out += "&#64;";
        break;
      case '#':
        out += "&#35;";
        break;
      default:
        if (std::string_view("\\`*[]|~$").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
  }
  return out;
}

std::string sentence(const ordered_json& value) {
  return escaped(clipped(plain(value), kLongestText));
}

std::string label(const ordered_json& value) {
  return escaped(clipped(plain(value), kLongestLabel));
}

std::string verdict_text(const ordered_json& verdict) {
  if (verdict == "not_gated") return "not gated";
  const std::string word = label(verdict);
  return verdict == "pass" ? word : "**" + word + "**";
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

/// Behind a row's verdict.
std::string remark(const ordered_json& check) {
  std::string text = p_text(check);
  const auto add = [&](const std::string& more) {
    if (!more.empty()) text += (text.empty() ? "" : "; ") + more;
  };
  add(confirmation_text(check));
  if (!check["not_gated"].is_null()) add(plain(check["not_gated"]));
  return escaped(clipped(text, kLongestText));
}

void write_checks(std::ostream& out, const std::vector<const ordered_json*>& checks) {
  out << "| workload | figure | base | head | change | verdict | |\n"
         "|---|---|--:|--:|--:|---|---|\n";
  for (const ordered_json* check : checks) {
    out << "| " << label((*check)["workload"]) << " | "
        << escaped(clipped(plain(metric_title((*check)["metric"])), kLongestLabel)) << " | "
        << side_text(*check, "base") << " | " << side_text(*check, "head") << " | "
        << escaped(check_change_text(*check)) << " | " << verdict_text((*check)["verdict"]) << " | "
        << remark(*check) << " |\n";
  }
  out << '\n';
}

void write_workload_table(std::ostream& out, const ordered_json& duel) {
  if (duel["workloads"].empty()) return;
  out << "| workload | verdict | CPU per request | would have found | restarts | time |\n"
         "|---|---|--:|--:|--:|--:|\n";
  for (const ordered_json& workload : duel["workloads"]) {
    const ordered_json* primary = primary_check_of(duel, workload);
    out << "| " << label(workload["title"]) << " | " << verdict_text(workload["verdict"]) << " | "
        << escaped(headline_figure(duel, workload)) << " | "
        << (primary == nullptr ? "–" : detectable_text((*primary)["detectable"])) << " | "
        << restarts_text(workload) << " | "
        << (workload["seconds"].is_null() ? "–" : fixed(workload["seconds"], 0) + " s") << " |\n";
  }
  out << '\n';
}

void write_notable(std::ostream& out, const ordered_json& duel) {
  std::vector<const ordered_json*> notable;
  for (const ordered_json& workload : duel["workloads"]) {
    for (const ordered_json* check : notable_checks_of(duel, workload)) notable.push_back(check);
  }
  if (notable.empty()) return;
  out << "### Figures to look at\n\n";
  write_checks(out, notable);
}

/// A list of one key's texts in all workloads, such as their explanations.
void write_list(std::ostream& out, const ordered_json& duel, const char* key, const char* title) {
  bool first = true;
  for (const ordered_json& workload : duel["workloads"]) {
    for (const ordered_json& text : workload[key]) {
      if (first) out << "### " << title << "\n\n";
      first = false;
      out << "- " << label(workload["name"]) << ": " << sentence(text) << '\n';
    }
  }
  if (!first) out << '\n';
}

void write_all_figures(std::ostream& out, const ordered_json& duel) {
  if (duel["checks"].empty()) return;
  std::vector<const ordered_json*> all;
  for (const ordered_json& check : duel["checks"]) all.push_back(&check);
  out << "<details>\n<summary>All figures</summary>\n\n"
         "Medians over restarts; the change is that of paired slices, with its interval.\n\n";
  write_checks(out, all);
  out << "</details>\n\n";
}

/// A fence that no run of backticks in `code` can close.
std::string fenced(const std::string& code) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : code) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "\n" + code + "\n" + fence + "\n";
}

void write_footer(std::ostream& out, const ordered_json& duel) {
  out << "Base " << label(duel["base"]["label"]) << ", head " << label(duel["head"]["label"])
      << "; seed " << duel["options"]["seed"].dump() << ", " << fixed(duel["duration_s"], 0)
      << " s on " << sentence(machine_text(duel["environment"])) << "; "
      << label("sockbench " + plain(duel["sockbench"]["version"])) << ". Again:\n\n"
      << fenced(plain(repeat_command(duel)));
}

}  // namespace

std::string duel_markdown(const ordered_json& duel) {
  std::ostringstream out;
  out << kDuelMarker << "\n## sockbench: " << capitalised(label(duel["verdict"])) << "\n\n"
      << sentence(duel["sentence"]) << "\n\n";
  if (duel["interrupted"] == true) {
    out << "Interrupted: this is what was measured until then.\n\n";
  }
  if (duel["options"]["short"] == true) {
    out << "The short form: counts are exact, the rest can only warn.\n\n";
  }
  write_workload_table(out, duel);
  write_notable(out, duel);
  write_list(out, duel, "explanation", "What changed per request");
  write_list(out, duel, "reasons", "Remarks");
  write_all_figures(out, duel);
  write_footer(out, duel);
  return out.str();
}

}  // namespace sockbench
