#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "bench/report/duel_figures.h"
#include "bench/report/duel_reports.h"
#include "common/units.h"

namespace sockbench {
namespace {

/// Bytes that are no UTF-8 become U+FFFD.
std::string valid_utf8(const std::string& text) {
  using nlohmann::json;
  const std::string quoted = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(quoted).get<std::string>();
}

/// For attributes and for text. XML 1.0 (section 2.2) has no control characters but three, and
/// neither U+FFFE nor U+FFFF.
std::string xml(const std::string& value) {
  const std::string text = valid_utf8(value);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n') {
      out += "&#10;";  // in an attribute a bare one would become a blank
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += ' ';
    } else if (text.compare(i, 3, "\xef\xbf\xbe") == 0 || text.compare(i, 3, "\xef\xbf\xbf") == 0) {
      out += "\xef\xbf\xbd";
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

enum class Result : std::uint8_t { kPassed, kFailed, kError, kSkipped };

struct TestCase {
  std::string name;
  Result result = Result::kPassed;
  std::string type;     ///< the verdict
  std::string message;  ///< one line
  std::string text;     ///< what there is to say beside it
};

struct TestSuite {
  std::string name;
  double seconds = 0;
  std::vector<TestCase> cases;

  std::ptrdiff_t count(Result result) const {
    return std::count_if(cases.begin(), cases.end(),
                         [&](const TestCase& each) { return each.result == result; });
  }
};

/// What a verdict is for an importer.
Result result_of(const std::string& verdict, bool fail_on_inconclusive) {
  if (verdict == "regression") return Result::kFailed;
  if (verdict == "failed") return Result::kError;
  if (verdict == "not_gated") return Result::kSkipped;
  if (verdict == "inconclusive") {
    return fail_on_inconclusive ? Result::kFailed : Result::kSkipped;
  }
  return Result::kPassed;
}

std::string lines_of(const std::vector<std::string>& texts) {
  std::string lines;
  for (const std::string& text : texts) lines += text + "\n";
  return lines;
}

TestCase case_of(const DuelCheck& check, const DuelWorkload& workload, bool fail_on_inconclusive) {
  const bool decides = workload.verdict == DuelVerdict::kInconclusive;
  TestCase result;
  result.name = check.metric;
  result.type = to_text(check.gated ? check.verdict : GateVerdict::kNotGated);
  result.result = result_of(result.type, fail_on_inconclusive && decides);
  if (result.result == Result::kPassed) return result;
  result.message = result.type + ": " + metric_title(check.metric) + ": " + figures_text(check);
  if (check.not_gated) result.message += ": " + *check.not_gated;
  if (result.result == Result::kFailed) {
    result.text =
        workload.sentence + "\n" + lines_of(workload.explanation) + lines_of(workload.reasons);
  }
  return result;
}

/// The verdict as a test case, for what no check shows.
TestCase verdict_case(DuelVerdict verdict, const std::string& sentence, const std::string& text,
                      bool fail_on_inconclusive) {
  TestCase result{"verdict", Result::kPassed, to_text(verdict), "", ""};
  result.result = result_of(result.type, fail_on_inconclusive);
  if (result.result == Result::kPassed) return result;
  result.message = sentence;
  result.text = text;
  return result;
}

TestSuite suite_of(const Duel& duel, const DuelWorkload& workload) {
  const bool fail_on_inconclusive = duel.options.fail_on_inconclusive;
  TestSuite suite{workload.name, std::isnan(workload.seconds) ? 0 : workload.seconds, {}};
  bool shown = workload.verdict == DuelVerdict::kPass;
  if (workload.verdict != DuelVerdict::kFailed) {  // its checks have no figures
    for (const DuelCheck* check : duel.checks_of(workload)) {
      suite.cases.push_back(case_of(*check, workload, fail_on_inconclusive));
      shown = shown || suite.cases.back().type == to_text(workload.verdict);
    }
  }
  if (!shown || suite.cases.empty()) {
    suite.cases.push_back(verdict_case(workload.verdict, workload.sentence,
                                       lines_of(workload.reasons) + lines_of(workload.explanation),
                                       fail_on_inconclusive));
  }
  return suite;
}

std::vector<TestSuite> suites_of(const Duel& duel) {
  std::vector<TestSuite> suites;
  bool shown = duel.verdict == DuelVerdict::kPass;
  for (const DuelWorkload& workload : duel.workloads) {
    suites.push_back(suite_of(duel, workload));
    shown = shown || workload.verdict == duel.verdict;
  }
  if (!shown || suites.empty()) {
    suites.push_back(
        {"duel",
         0,
         {verdict_case(duel.verdict, duel.sentence, "", duel.options.fail_on_inconclusive)}});
  }
  return suites;
}

/// The attributes that the root and each suite have.
template <typename Count>
std::string totals(std::size_t tests, double seconds, const Count& count) {
  return " tests=\"" + std::to_string(tests) + "\" failures=\"" +
         std::to_string(count(Result::kFailed)) + "\" errors=\"" +
         std::to_string(count(Result::kError)) + "\" time=\"" + fixed(seconds, 3) + "\"";
}

void write_case(std::ostream& out, const TestSuite& suite, const TestCase& test) {
  const double seconds = suite.seconds / static_cast<double>(suite.cases.size());
  out << "    <testcase classname=\"" << xml(suite.name) << "\" name=\"" << xml(test.name)
      << "\" time=\"" << fixed(seconds, 3) << "\"";
  if (test.result == Result::kPassed) {
    out << "/>\n";
    return;
  }
  const char* element = test.result == Result::kFailed  ? "failure"
                        : test.result == Result::kError ? "error"
                                                        : "skipped";
  out << ">\n      <" << element << " type=\"" << xml(test.type) << "\" message=\""
      << xml(test.message) << "\">" << xml(test.text) << "</" << element << ">\n    </testcase>\n";
}

void write_suite(std::ostream& out, const Duel& duel, const TestSuite& suite) {
  std::string started = duel.started_at;
  if (started.ends_with('Z')) started.pop_back();  // the common schema knows no zone
  out << "  <testsuite name=\"" << xml(suite.name) << "\""
      << totals(suite.cases.size(), suite.seconds,
                [&](Result result) { return suite.count(result); })
      << " skipped=\"" << suite.count(Result::kSkipped) << "\" timestamp=\"" << xml(started)
      << "\">\n    <properties>\n";
  const auto property = [&](const char* name, const std::string& value) {
    out << R"(      <property name=")" << name << R"(" value=")" << xml(value) << "\"/>\n";
  };
  property("base", duel.base.label);
  property("head", duel.head.label);
  property("seed", std::to_string(duel.options.seed));
  out << "    </properties>\n";
  for (const TestCase& test : suite.cases) write_case(out, suite, test);
  out << "  </testsuite>\n";
}

}  // namespace

std::string duel_junit(const Duel& duel) {
  const std::vector<TestSuite> suites = suites_of(duel);
  std::size_t tests = 0;
  double seconds = 0;
  for (const TestSuite& suite : suites) {
    tests += suite.cases.size();
    seconds += suite.seconds;
  }
  std::ostringstream out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"sockbench duel\""
      << totals(tests, seconds,
                [&](Result result) {
                  std::ptrdiff_t count = 0;
                  for (const TestSuite& suite : suites) count += suite.count(result);
                  return count;
                })
      << ">\n";
  for (const TestSuite& suite : suites) write_suite(out, duel, suite);
  out << "</testsuites>\n";
  return out.str();
}

}  // namespace sockbench
