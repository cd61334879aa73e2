#include "bench/judge/claim.h"

#include <algorithm>
#include <array>
#include <set>

#include "common/error.h"
#include "common/file.h"
#include "common/nearest.h"
#include "common/numbers.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

constexpr std::array<std::pair<const char*, CheckKind>, 6> kCheckKinds = {
    {{"ratio", CheckKind::kRatio},
     {"level", CheckKind::kLevel},
     {"difference", CheckKind::kDifference},
     {"growth", CheckKind::kGrowth},
     {"starved", CheckKind::kStarved},
     {"micro_ratio", CheckKind::kMicroRatio}}};
constexpr std::array<std::pair<const char*, Combine>, 3> kCombines = {
    {{"agree", Combine::kAgree}, {"every", Combine::kEvery}, {"any", Combine::kAny}}};
constexpr std::array kAcceptable = {"generator_bound", "saturated", "model_limit",
                                    "unstable",        "generator", "neither"};

/// The value of a name in one of the tables above; nullptr when it is not there.
template <typename Table>
const typename Table::value_type::second_type* in_table(const Table& table,
                                                        const std::string& name) {
  for (const auto& entry : table) {
    if (name == entry.first) return &entry.second;
  }
  return nullptr;
}

/// One object of a claim's file, key by key.
class Keys final {
 public:
  Keys(const ordered_json& json, std::string origin) : json_(json), origin_(std::move(origin)) {
    if (!json.is_object()) throw UsageError(origin_ + " must be a JSON object.");
  }
  [[noreturn]] void reject(const std::string& key, const std::string& why) const {
    throw UsageError(origin_ + ": '" + key + "' " + why + ".");
  }
  const ordered_json* find(const std::string& key) {
    known_.insert(key);
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }
  std::string string(const std::string& key) {
    const std::string value = optional_string(key);
    if (value.empty()) reject(key, "is required and must be a string");
    return value;
  }
  std::string optional_string(const std::string& key) {
    const ordered_json* value = find(key);
    if (value == nullptr) return {};
    if (!value->is_string() || value->get<std::string>().empty()) reject(key, "must be a string");
    return value->get<std::string>();
  }
  bool flag(const std::string& key) {
    const ordered_json* value = find(key);
    if (value != nullptr && !value->is_boolean()) reject(key, "must be true or false");
    return value != nullptr && value->get<bool>();
  }
  double number(const std::string& key, double default_value) {
    const ordered_json* value = find(key);
    if (value != nullptr && !value->is_number()) reject(key, "must be a number");
    return value == nullptr ? default_value : value->get<double>();
  }
  std::vector<std::string> strings(const std::string& key) {
    const ordered_json* value = find(key);
    std::vector<std::string> list;
    if (value == nullptr) return list;
    if (value->is_string()) return {string(key)};
    if (!value->is_array() || value->empty()) reject(key, "must be a string or a list of strings");
    for (const ordered_json& item : *value) {
      if (!item.is_string()) reject(key, "must be a string or a list of strings");
      list.push_back(item);
    }
    return list;
  }
  void no_other_keys() const {
    for (const auto& [key, value] : json_.items()) {
      if (!known_.contains(key)) reject(key, "is not known");
    }
  }

 private:
  const ordered_json& json_;
  std::string origin_;
  std::set<std::string> known_;
};

/// Exactly one way to say what is claimed; none when the figure is only shown.
void read_claimed(Keys& keys, ClaimCheck& check) {
  check.judged = !keys.flag("shown_only");
  check.claimed = {-kInfinity, kInfinity};
  int ways = 0;
  for (const char* key : {"above", "below", "within", "equals", "served"}) {
    if (keys.find(key) == nullptr) continue;
    const std::string way = key;
    const double value = keys.number(way, 0);
    ++ways;
    if (way == "above") check.claimed.lo = value;
    if (way == "below") check.claimed.hi = value;
    if (way == "within") {
      if (value <= 1) keys.reject(way, "must be a factor above 1");
      check.claimed = {1 / value, value};
    }
    if (way == "equals") {
      const double tolerance = keys.number("tolerance", 0);
      check.claimed = {value - tolerance, value + tolerance};
    }
    if (way == "served") {
      check.all_but = true;
      check.claimed = {value, value};
    }
  }
  if (check.judged && ways != 1) {
    keys.reject("above", "or one other of below, within, equals and served must be given");
  }
  if (!check.judged && ways != 0) keys.reject("shown_only", "asks for no margin, but one is given");
  if (check.all_but && check.kind != CheckKind::kStarved) keys.reject("served", "is for starved");
}

void require_shape(const Keys& keys, const ClaimCheck& check) {
  const bool micro = check.kind == CheckKind::kMicroRatio;
  const bool pair =
      micro || check.kind == CheckKind::kRatio || check.kind == CheckKind::kDifference;
  if (pair && check.base.empty()) keys.reject("base", "is missing");
  if (!pair && check.kind != CheckKind::kGrowth && !check.base.empty()) {
    keys.reject("base", "has no meaning for this kind");
  }
  if (micro != check.workload.empty()) {
    keys.reject("workload", micro ? "has no meaning for this kind" : "is missing");
  }
  if ((check.kind == CheckKind::kGrowth) == check.from.empty()) {
    keys.reject("from", check.from.empty() ? "is missing" : "has no meaning for this kind");
  }
  const bool needs_metric = !micro && check.kind != CheckKind::kStarved;
  if (needs_metric == check.metric.empty()) {
    keys.reject("metric", needs_metric ? "is missing" : "has no meaning for this kind");
  }
  if (check.guard != 0 && check.guard < 1) keys.reject("guard", "must be a factor of 1 or more");
  if (check.doubt < 0) keys.reject("doubt", "must not be negative");
  for (const std::string& status : check.accept) {
    if (std::find(kAcceptable.begin(), kAcceptable.end(), status) == kAcceptable.end()) {
      keys.reject("accept", "names the unknown status or limiter '" + status + "'");
    }
  }
}

ClaimCheck parse_check(const ordered_json& json, const std::string& origin) {
  Keys keys(json, origin);
  ClaimCheck check;
  check.name = keys.string("name");
  const CheckKind* kind = in_table(kCheckKinds, keys.string("kind"));
  if (kind == nullptr) {
    keys.reject("kind", "is not ratio, level, difference, growth, starved or micro_ratio");
  }
  check.kind = *kind;
  check.model = keys.string("model");
  check.base = keys.optional_string("base");
  check.workload = keys.strings("workload");
  check.from = keys.strings("from");
  check.metric = keys.optional_string("metric");
  check.reciprocal = keys.flag("reciprocal");
  check.optional = keys.flag("optional");
  check.guard = keys.number("guard", 0);
  check.doubt = keys.number("doubt", 0);
  check.accept = keys.strings("accept");
  check.text = keys.string("text");
  keys.find("tolerance");
  read_claimed(keys, check);
  keys.no_other_keys();
  require_shape(keys, check);
  return check;
}

void add_new(std::vector<std::string>& list, const std::string& name) {
  if (!name.empty() && std::find(list.begin(), list.end(), name) == list.end()) {
    list.push_back(name);
  }
}

/// The first alternative that the catalogue has; else the first, for the sentence that misses it.
std::string available(const std::vector<std::string>& alternatives,
                      const std::vector<std::string>& catalogue) {
  for (const std::string& name : alternatives) {
    if (std::find(catalogue.begin(), catalogue.end(), name) != catalogue.end()) return name;
  }
  return alternatives.empty() ? "" : alternatives.front();
}

void add_needs(const Claim& claim, const ClaimCheck& check,
               const std::vector<std::string>& catalogue, ClaimNeeds& needs) {
  if (check.kind == CheckKind::kMicroRatio) {
    for (const std::string& name : {check.model, check.base}) add_new(needs.operations, name);
    return;
  }
  const std::array names = {available(check.workload, catalogue), available(check.from, catalogue)};
  const bool all_there = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return name.empty() || std::find(catalogue.begin(), catalogue.end(), name) != catalogue.end();
  });
  if (check.optional && !all_there) return;
  for (const std::string& name : names) add_new(needs.workloads, name);
  for (const std::string& name : {check.model, check.base}) {
    const auto& external = claim.contestants;
    if (std::find(external.begin(), external.end(), name) == external.end()) {
      add_new(needs.models, name);
    }
  }
}

}  // namespace

Claim parse_claim(const ordered_json& json, const std::string& origin) {
  Keys keys(json, origin);
  Claim claim;
  claim.id = keys.string("id");
  claim.statement = keys.string("statement");
  const Combine* combine = in_table(kCombines, keys.string("combine"));
  if (combine == nullptr) keys.reject("combine", "is not agree, every or any");
  claim.combine = *combine;
  const std::string kind = keys.optional_string("kind");
  if (!kind.empty() && kind != "by_design" && kind != "measured") {
    keys.reject("kind", "is not measured or by_design");
  }
  claim.by_design = kind == "by_design";
  claim.contestants = keys.strings("contestants");
  const ordered_json* checks = keys.find("checks");
  if (checks == nullptr || !checks->is_array()) keys.reject("checks", "must be a list");
  std::set<std::string> names;
  bool required = false;
  for (const ordered_json& entry : *checks) {
    const std::string place = origin + ", check " + std::to_string(claim.checks.size() + 1);
    claim.checks.push_back(parse_check(entry, place));
    const ClaimCheck& check = claim.checks.back();
    if (!names.insert(check.name).second)
      keys.reject("checks", "has the name " + check.name + " twice");
    required = required || (check.judged && !check.optional);
  }
  if (!required) keys.reject("checks", "must hold one that is judged and not optional");
  keys.no_other_keys();
  return claim;
}

std::vector<Claim> load_claims(const std::filesystem::path& directory) {
  std::vector<Claim> claims;
  if (!std::filesystem::is_directory(directory)) return claims;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".json") continue;
    const std::string origin = entry.path().filename().string();
    ordered_json json = ordered_json::parse(read_file(entry.path().string()), nullptr, false);
    if (json.is_discarded()) throw UsageError(origin + " is not JSON.");
    claims.push_back(parse_claim(json, origin));
    if (claims.back().id + ".json" != origin) {
      throw UsageError(origin + ": 'id' must be the name of the file.");
    }
  }
  std::sort(claims.begin(), claims.end(),
            [](const Claim& a, const Claim& b) { return a.id < b.id; });
  return claims;
}

std::vector<Claim> choose_claims(const std::vector<Claim>& all,
                                 const std::vector<std::string>& ids) {
  std::vector<std::string> known;
  known.reserve(all.size());
  for (const Claim& claim : all) known.push_back(claim.id);
  for (const std::string& id : ids) {
    if (std::find(known.begin(), known.end(), id) != known.end()) continue;
    throw UsageError("There is no claim '" + id + "'; " +
                     did_you_mean(id, known, "'sockbench names claims' lists them."));
  }
  if (ids.empty()) return all;
  std::vector<Claim> chosen;
  std::copy_if(all.begin(), all.end(), std::back_inserter(chosen), [&](const Claim& claim) {
    return std::find(ids.begin(), ids.end(), claim.id) != ids.end();
  });
  return chosen;
}

ClaimNeeds needs_of(const std::vector<Claim>& claims, const std::vector<std::string>& catalogue) {
  ClaimNeeds needs;
  for (const Claim& claim : claims) {
    for (const ClaimCheck& check : claim.checks) add_needs(claim, check, catalogue, needs);
    for (const std::string& name : claim.contestants) add_new(needs.contestants, name);
  }
  return needs;
}

}  // namespace sockbench
