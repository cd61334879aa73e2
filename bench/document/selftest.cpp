#include "bench/document/selftest.h"

#include "bench/document/fields.h"

namespace sockbench {

using document::Reader;
using document::Writer;

SOCKBENCH_FIELDS(SelftestDocument::Options, workload, seed, trials)

template <typename Visit>
void fields(Visit& visit, Is<SelftestDocument::Spin> auto& spin) {
  visit("ns", spin.ns);
  visit.rounded("share", spin.share);
  visit.rounded("base_ns", spin.base_ns);
}

template <typename Visit>
void fields(Visit& visit, Is<SelftestDocument::Trial> auto& trial) {
  visit("trial", trial.trial);
  visit("number", trial.number);
  visit("seed", trial.seed);
  visit("head", trial.head);
  visit("verdict", trial.verdict);
  visit.rounded("seconds", trial.seconds);
  visit.rounded("cpu_ratio", trial.cpu_ratio, 5);
  visit("sentence", trial.sentence);
}

template <typename Visit>
void fields(Visit& visit, Is<SelftestDocument::Bound> auto& bound) {
  visit.if_any("at_least", bound.at_least);
  visit.if_any("at_most", bound.at_most);
}

template <typename Visit>
void fields(Visit& visit, Is<SelftestDocument::Seconds> auto& seconds) {
  visit.rounded("median", seconds.median);
  visit.rounded("longest", seconds.longest);
}

template <typename Visit>
void fields(Visit& visit, Is<SelftestDocument::Kind> auto& kind) {
  visit("trial", kind.trial);
  visit("expected", kind.expected);
  visit("trials", kind.trials);
  visit("right", kind.right);
  visit("wrong", kind.wrong);
  visit("inconclusive", kind.inconclusive);
  visit("missed", kind.missed);
  visit("rate_of", kind.rate_of);
  visit.rounded("rate", kind.rate);
  visit.rounded("ci95", kind.ci95);
  visit("bound", kind.bound);
  visit("met", kind.met);
  visit.rounded("median_cpu_ratio", kind.median_cpu_ratio, 5);
  visit("seconds", kind.seconds);
}

template <typename Visit>
void fields(Visit& visit, Is<SelftestDocument> auto& document) {
  visit("schema_version", document.schema_version);
  visit("kind", document.kind);
  visit.with("sockbench", document.sockbench, program_json, parse_program);
  visit("started_at", document.started_at);
  visit("interrupted", document.interrupted);
  visit("options", document.options);
  visit("spins", document.spins);
  visit("trials", document.trials);
  visit("kinds", document.kinds);
  visit("met", document.met);
}

SelftestDocument parse_selftest(const nlohmann::ordered_json& json) {
  SelftestDocument document;
  document.kind.clear();
  Reader::read(document, json, "selftest");
  return document;
}

nlohmann::ordered_json to_json(const SelftestDocument& document) {
  return Writer::json_of(document);
}

}  // namespace sockbench
