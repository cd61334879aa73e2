#include "bench/record/history.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <utility>

#include "bench/record/format.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

bool is_evidence(const ordered_json& workload) {
  if (workload["verdict"] == "failed") return false;
  const ordered_json& control = workload["control"];
  if (!control.is_null() && control["moved"] == true) return false;
  const ordered_json& disturbance = workload["disturbance"];
  return disturbance.is_null() || disturbance["one_sided"] == false;
}

bool has_evidence(const ordered_json& duel, const ordered_json& check) {
  for (const ordered_json& workload : duel["workloads"]) {
    if (workload["name"] == check["workload"]) return is_evidence(workload);
  }
  return false;
}

ordered_json shortened(const ordered_json& number) {
  return number.is_null() ? number : rounded(number.get<double>(), kHistoryDigits);
}

ordered_json median_of(const ordered_json& side) {
  return side.is_null() ? side : shortened(side["median"]);
}

ordered_json figure_of(const ordered_json& check) {
  const ordered_json& ci = check["ci"];
  ordered_json figure = {
      {"ratio", shortened(check["ratio"])},
      {"ci", ci.is_null() ? ci : ordered_json{shortened(ci[0]), shortened(ci[1])}},
      {"level", check["level"]},
      {"restarts", check["head"].is_null() ? 0 : check["head"]["per_restart"].size()},
      {"base", median_of(check["base"])},
      {"head", median_of(check["head"])}};
  if (check["exact"] == true) figure["exact"] = true;
  return figure;
}

bool is_text(const ordered_json& object, const char* key) {
  return object.contains(key) && object[key].is_string();
}

bool is_number_or_null(const ordered_json& object, const char* key) {
  return object.contains(key) && (object[key].is_number() || object[key].is_null());
}

bool is_interval_or_null(const ordered_json& object, const char* key) {
  if (!object.contains(key)) return false;
  const ordered_json& ci = object[key];
  return ci.is_null() ||
         (ci.is_array() && ci.size() == 2 && ci[0].is_number() && ci[1].is_number());
}

bool is_figure(const ordered_json& figure) {
  if (!figure.is_object() || !is_interval_or_null(figure, "ci")) return false;
  for (const char* key : {"ratio", "level", "restarts", "base", "head"}) {
    if (!is_number_or_null(figure, key)) return false;
  }
  return !figure.contains("exact") || figure["exact"].is_boolean();
}

bool is_duel(const ordered_json& line) {
  if (!line.is_object() || !line.contains("metrics") || !line["metrics"].is_object()) return false;
  for (const char* key : {"time", "base", "head", "verdict"}) {
    if (!is_text(line, key)) return false;
  }
  const ordered_json& metrics = line["metrics"];
  return std::all_of(metrics.begin(), metrics.end(), is_figure);
}

void lock(int fd, const std::string& what) {
  while (::flock(fd, LOCK_EX) < 0) {
    if (errno != EINTR) check(-1, what);
  }
}

/// Whether the file is empty or ends with a newline.
bool ends_whole(int fd, const std::string& what) {
  struct stat status {};
  check(::fstat(fd, &status), what);
  if (status.st_size == 0) return true;
  char last = 0;
  check(static_cast<int>(::pread(fd, &last, 1, status.st_size - 1)), what);
  return last == '\n';
}

}  // namespace

ordered_json history_line(const ordered_json& duel) {
  ordered_json metrics = ordered_json::object();
  for (const ordered_json& check : duel["checks"]) {
    if (!has_evidence(duel, check)) continue;
    ordered_json figure = figure_of(check);
    if (figure["base"].is_null() || figure["head"].is_null()) continue;
    metrics[check["workload"].get<std::string>() + "/" + check["metric"].get<std::string>()] =
        std::move(figure);
  }
  return {{"time", duel["started_at"]},    {"base", duel["base"]["label"]},
          {"head", duel["head"]["label"]}, {"verdict", duel["verdict"]},
          {"seconds", duel["duration_s"]}, {"metrics", std::move(metrics)}};
}

void append_history(const std::string& path, const ordered_json& duel) {
  const std::string line =
      history_line(duel).dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  const std::string what = "append to " + path;
  const Fd file(check(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666), what));
  lock(file.get(), what);  // until the file is closed
  write_all(file.get(), (ends_whole(file.get(), what) ? "" : "\n") + line, what);
}

History read_history(const std::string& path) {
  History history;
  std::istringstream lines(read_file(path));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    ordered_json entry = ordered_json::parse(line, nullptr, false);
    if (is_duel(entry)) {
      history.duels.push_back(std::move(entry));
    } else {
      ++history.unreadable;
    }
  }
  return history;
}

}  // namespace sockbench
