#include "bench/document/validate.h"

#include <sstream>

#include "bench/plan/workload.h"
#include "common/error.h"
#include "common/file.h"

// Valijson 1.0 does not compile warning-free under our flags; it is a third-party header.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

namespace sockbench {
namespace {

nlohmann::ordered_json read_valid(const std::string& path, const std::string& kind) {
  nlohmann::ordered_json document = read_measured(path);
  const auto violations = validate(nlohmann::json(document), schema_file(kind));
  if (!violations.empty()) {
    throw UsageError("'" + path + "' is not a valid " + kind + ": " + violations.front() + ".");
  }
  return document;
}

}  // namespace

std::vector<std::string> validate(const nlohmann::json& document,
                                  const std::filesystem::path& schema_file) {
  using Adapter = valijson::adapters::NlohmannJsonAdapter;
  const auto schema_json = nlohmann::json::parse(read_file(schema_file.string()));
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(Adapter(schema_json), schema);
  valijson::ValidationResults results;
  valijson::Validator validator;
  validator.validate(schema, Adapter(document), &results);
  std::vector<std::string> sentences;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    std::string place;
    for (const std::string& step : error.context) place += step;
    sentences.push_back(place + ": " + error.description);
  }
  return sentences;
}

std::filesystem::path schema_file(const std::string& kind) {
  const auto data = data_directory();
  const std::string name = kind + ".schema.json";
  for (const std::string& place : {name, "../results/schema/" + name}) {
    if (std::filesystem::exists(data / place)) return data / place;
  }
  throw UsageError(name + " was not found beside the workloads.");
}

nlohmann::ordered_json read_measured(const std::string& path) {
  try {
    return nlohmann::ordered_json::parse(read_file(path));
  } catch (const nlohmann::ordered_json::parse_error&) {
    throw UsageError("'" + path + "' is not JSON.");
  }
}

Run read_run(const std::string& path) { return parse_run(read_valid(path, "run")); }

nlohmann::ordered_json read_valid_pool(const std::string& path) { return read_valid(path, "pool"); }

}  // namespace sockbench
