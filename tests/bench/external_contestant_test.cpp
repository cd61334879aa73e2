// Contestant files: a good one is read to the last key, every mistake is named, and what a machine
// lacks is found out.

#include "bench/plan/external_contestant.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/machine/doctor.h"
#include "common/error.h"
#include "tests/bench/temporary_folder.h"
#include "tests/bench/texts.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;
using std::chrono::milliseconds;
using test::mistake_of;

const std::filesystem::path kShipped = SOCKBENCH_SOURCE_DIR "/bench/contestants";

ordered_json smallest() {
  return {{"name", "mine"}, {"title", "Mine"}, {"command", {"./server", "{port}"}}};
}

ordered_json with(const char* key, const ordered_json& value) {
  ordered_json json = smallest();
  json[key] = value;
  return json;
}

ExternalContestant parsed(const ordered_json& json) {
  return parse_external(json, "mine.json", "/");
}

TEST(ParseExternal, Defaults) {
  const ExternalContestant mine = parsed(smallest());
  const Contestant& contestant = mine.contestant;
  EXPECT_EQ(contestant.name, "mine");
  EXPECT_EQ(contestant.model, "mine");
  EXPECT_EQ(contestant.command, (std::vector<std::string>{"./server", "{port}"}));
  EXPECT_EQ(contestant.max_connections(), std::nullopt);
  EXPECT_EQ(contestant.describe["title"], "Mine");
  EXPECT_EQ(contestant.describe["family"], "external");
  ASSERT_TRUE(contestant.external);
  EXPECT_EQ(contestant.external->folder, "/");
  EXPECT_EQ(contestant.external->protocol, "echo");
  EXPECT_EQ(contestant.external->ready_within, milliseconds(10'000));
  EXPECT_TRUE(contestant.external->environment.empty());
  EXPECT_TRUE(mine.requirements.empty());
}

TEST(ParseExternal, ReadsEveryKey) {
  const test::TemporaryFolder folder;
  folder.write("server/file", "");
  const ordered_json json = {
      {"name", "mine-2.0_a"},
      {"title", "Mine"},
      {"summary", "My server."},
      {"command", {"server", "--port={port}", "--threads", "{threads}", "{mode}{threads}"}},
      {"folder", "server"},
      {"options", {{"threads", 4}, {"mode", "fast"}, {"tuned", true}}},
      {"environment", {{"PORT", "{port}"}, {"THREADS", "{threads}"}}},
      {"ready", {{"port_accepts_within_s", 2.5}}},
      {"limits", {{"max_connections", 100}}},
      {"protocol", "http"},
      {"path", "/index.html"},
      {"requires",
       {{{"program", "node"}, {"package", "nodejs"}},
        {{"python_module", "gevent"}, {"package", "python3-gevent"}},
        {{"library", "libuv.so.1"}, {"package", "libuv1"}}}}};
  const ExternalContestant mine = parse_external(json, "mine.json", folder.path());
  const Contestant& contestant = mine.contestant;
  EXPECT_EQ(contestant.command,
            (std::vector<std::string>{"server", "--port={port}", "--threads", "4", "fast4"}));
  EXPECT_EQ(contestant.max_connections(), 100);
  EXPECT_EQ(contestant.describe["summary"], "My server.");
  EXPECT_EQ(contestant.describe["options"], json["options"]);
  EXPECT_EQ(contestant.describe["protocol"], "http");
  const External& external = *contestant.external;
  EXPECT_EQ(external.folder, std::filesystem::canonical(folder.path() / "server"));
  EXPECT_EQ(external.ready_within, milliseconds(2'500));
  EXPECT_EQ(external.path, "/index.html");
  EXPECT_EQ(external.environment, (std::vector<std::pair<std::string, std::string>>{
                                      {"PORT", "{port}"}, {"THREADS", "4"}}));
  ASSERT_EQ(mine.requirements.size(), 3U);
  EXPECT_EQ(mine.requirements[0].text(), "the program node");
  EXPECT_EQ(mine.requirements[1].text(), "the Python module gevent");
  EXPECT_EQ(mine.requirements[1].package, "python3-gevent");
  EXPECT_EQ(mine.requirements[2].text(), "the library libuv.so.1");
}

TEST(ParseExternal, ThePortMayStandInTheEnvironment) {
  ordered_json json = smallest();
  json["command"] = {"./server"};
  json["environment"] = {{"PORT", "{port}"}};
  EXPECT_EQ(parsed(json).contestant.command.size(), 1U);
}

TEST(ParseExternal, BracesThatAreNoPlaceAreLeftAlone) {
  const auto command = ordered_json{"sh", "-c", "f() { echo {}; }; awk '{print $1}' {port}"};
  EXPECT_EQ(parsed(with("command", command)).contestant.command[2], command[2]);
}

TEST(ParseExternal, Mistakes) {
  const ordered_json requires_form = {{{"program", "node"}}};
  const ordered_json two_things = {{{"program", "a"}, {"library", "b"}}};
  const ordered_json unknown_kind = {{{"header", "a.h"}, {"package", "b"}}};
  const std::vector<std::pair<ordered_json, const char*>> cases = {
      {ordered_json::array(), "mine.json must be a JSON object"},
      {with("name", nullptr), "'name' must be a non-empty string"},
      {with("name", ""), "'name' must be a non-empty string"},
      {with("name", "My server"), "'name' must be at most 64 small letters"},
      {with("name", "../up"), "'name' must be at most"},
      {with("name", "a/b"), "'name' must be at most"},
      {with("title", 3), "'title' must be a non-empty string"},
      {with("command", "./server {port}"), "'command' must be a list"},
      {with("command", ordered_json::array()), "'command' must be a list"},
      {with("command", {"", "{port}"}), "'command' must begin with a program"},
      {with("command", {"./server", 7000}), "'command' must hold texts only"},
      {with("command", {"./server"}), "'command' must contain {port}"},
      {with("command", {"./server", "{port}", "{threads}"}), "'command' holds {threads}, which"},
      {with("folder", "no/such"), "'folder' is '/no/such', which is not a directory"},
      {with("options", {1}), "'options' must be an object"},
      {with("options", {{"port", 7000}}), "'options.port' is a name that sockbench gives"},
      {with("options", {{"threads", {1}}}), "'options.threads' must be a string, a number"},
      {with("environment", {"A=1"}), "'environment' must be an object"},
      {with("environment", {{"A", 1}}), "'environment.A' must hold texts only"},
      {with("environment", {{"A=B", "1"}}), "'environment.A=B' is not the name"},
      {with("environment", {{"A", "{x}"}}), "'environment.A' holds {x}, which"},
      {with("ready", 3), "'ready' must be an object"},
      {with("ready", {{"line", "listening"}}), "'ready.line' is not known"},
      {with("ready", {{"port_accepts_within_s", 0}}), "'ready.port_accepts_within_s' must be"},
      {with("limits", {{"max_connections", 0}}), "'limits.max_connections' must be an integer"},
      {with("limits", {{"max_connections", 1.5}}), "'limits.max_connections' must be an integer"},
      {with("limits", {{"memory", 1}}), "'limits.memory' is not known"},
      {with("protocol", "smtp"), "'protocol' is not echo, upper, redis or http"},
      {with("path", "/"), "'path' is for the protocol http only"},
      {with("requires", {{"program", "node"}}), "'requires' must be a list"},
      {with("requires", requires_form), "'requires' must be a list of objects such as"},
      {with("requires", two_things), "'requires' must be a list of objects such as"},
      {with("requires", unknown_kind), "'requires' must be a list of objects such as"},
      {with("requires", {"nodejs"}), "'requires' must be a list of objects such as"},
      {with("conmand", {"./server"}), "'conmand' is not known; docs/contestants.md"}};
  for (const auto& [json, named] : cases) {
    const std::string mistake = mistake_of([&] { parsed(json); });
    EXPECT_NE(mistake.find(named), std::string::npos) << json << "\n" << mistake;
    EXPECT_EQ(mistake.rfind("mine.json", 0), 0U) << mistake;
    EXPECT_EQ(mistake.back(), '.') << mistake;
  }
  ordered_json json = with("protocol", "http");
  json["path"] = "index.html";
  EXPECT_NE(mistake_of([&] { parsed(json); }).find("'path' must begin with /"), std::string::npos);
}

TEST(ParseExternal, EveryNecessaryKey) {
  for (const char* key : {"name", "title", "command"}) {
    ordered_json json = smallest();
    json.erase(key);
    EXPECT_EQ(mistake_of([&] { parsed(json); }),
              std::string("mine.json: '") + key + "' is missing.");
  }
}

TEST(FillIn, OnlyKnownNamesAndOnlyOnce) {
  EXPECT_EQ(fill_in("{port}:{port}", {{"port", "1"}}), "1:1");
  EXPECT_EQ(fill_in("{host}:{port", {{"port", "1"}}), "{host}:{port");
  EXPECT_EQ(fill_in("{a}", {{"a", "{b}"}, {"b", "c"}}), "{b}");
  EXPECT_EQ(fill_in("", {{"a", "b"}}), "");
}

TEST(LoadExternal, ByNameAndByFile) {
  const test::TemporaryFolder folder;
  const std::string file = folder.write("shipped/mine.json", smallest().dump());
  EXPECT_EQ(load_external("mine", folder.path() / "shipped").contestant.name, "mine");
  const ExternalContestant by_file = load_external(file, "/no/such/folder");
  EXPECT_EQ(by_file.contestant.external->folder,
            std::filesystem::canonical(folder.path() / "shipped"));
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(folder.path() / "shipped");
  const ExternalContestant beside = load_external("mine.json", "/no/such/folder");
  std::filesystem::current_path(here);
  EXPECT_EQ(beside.contestant.external->folder, by_file.contestant.external->folder);
}

TEST(LoadExternal, Mistakes) {
  const test::TemporaryFolder folder;
  const auto mistake = [&](const std::string& name) -> std::string {
    try {
      load_external(name, folder.path());
      return "no mistake was found";
    } catch (const UsageError& error) {
      return error.what();
    }
  };
  EXPECT_NE(mistake("nobody").find("--contestant 'nobody' is neither"), std::string::npos);
  EXPECT_NE(mistake(folder.path()).find("is neither"), std::string::npos) << "a directory";
  const std::string broken = folder.write("broken.json", "{\"name\": ");
  EXPECT_NE(mistake(broken).find("broken.json' is not JSON"), std::string::npos);
}

TEST(FirstMissing, WhatThisMachineHasAndLacks) {
  const test::TemporaryFolder folder;
  folder.write("own", "#!/bin/sh\n");
  std::filesystem::permissions(folder.path() / "own", std::filesystem::perms::owner_all);
  folder.write("plain", "");
  const auto missing = [&](const char* kind, const char* name) {
    ordered_json json = smallest();
    json["requires"] = {{{kind, name}, {"package", "some-package"}}};
    return first_missing(parse_external(json, "mine.json", folder.path())).has_value();
  };
  EXPECT_FALSE(missing("program", "sh"));
  EXPECT_FALSE(missing("program", "/bin/sh"));
  EXPECT_FALSE(missing("program", "./own"));
  EXPECT_TRUE(missing("program", "./plain")) << "not executable";
  EXPECT_TRUE(missing("program", "no-such-program"));
  EXPECT_TRUE(missing("program", "{programs}/no-such-program"));
  EXPECT_FALSE(missing("python_module", "json"));
  EXPECT_TRUE(missing("python_module", "no_such_module"));
  EXPECT_FALSE(missing("library", "libc.so.6"));
  EXPECT_TRUE(missing("library", "libnone.so.1"));
}

TEST(FirstMissing, TheContestantsOwnPathCounts) {
  const test::TemporaryFolder folder;
  folder.write("tools/own", "#!/bin/sh\n");
  std::filesystem::permissions(folder.path() / "tools/own", std::filesystem::perms::owner_all);
  ordered_json json = smallest();
  json["environment"] = {{"PATH", "tools"}};
  json["requires"] = {{{"program", "own"}, {"package", "p"}}};
  EXPECT_FALSE(first_missing(parse_external(json, "mine.json", folder.path())));
  json["requires"] = {{{"program", "sh"}, {"package", "p"}}};
  EXPECT_TRUE(first_missing(parse_external(json, "mine.json", folder.path())));
}

TEST(AddExternals, NumbersSkipsAndRefuses) {
  const test::TemporaryFolder folder;
  folder.write("mine.json", smallest().dump());
  ordered_json lacking = smallest();
  lacking["name"] = "lacking";
  lacking["requires"] = {{{"program", "no-such-program"}, {"package", "some-package"}}};
  folder.write("lacking.json", lacking.dump());
  ordered_json clash = smallest();
  clash["name"] = "epoll";
  folder.write("clash.json", clash.dump());
  std::vector<Contestant> contestants = {{"epoll", "epoll", {"server-epoll"}, {}}};
  std::vector<Skipped> skipped;
  add_externals({"mine", "lacking", "mine"}, folder.path(), contestants, skipped);
  ASSERT_EQ(contestants.size(), 3U);
  EXPECT_EQ(contestants[1].name, "mine");
  EXPECT_EQ(contestants[2].name, "mine#2");
  ASSERT_EQ(skipped.size(), 1U);
  EXPECT_EQ(skipped[0].package, "some-package");
  EXPECT_EQ(skipped[0].text(),
            "lacking is skipped: the program no-such-program is missing; install the Debian "
            "package some-package.");
  EXPECT_THROW(add_externals({"clash"}, folder.path(), contestants, skipped), UsageError);
}

TEST(Shipped, AreReadAndNamedAsTheirFiles) {
  const auto shipped = load_shipped(kShipped);
  EXPECT_GE(shipped.size(), 11U);
  for (const ExternalContestant& external : shipped) {
    const std::string& name = external.contestant.name;
    EXPECT_TRUE(std::filesystem::exists(kShipped / (name + ".json"))) << name;
    EXPECT_TRUE(external.contestant.describe.contains("summary")) << name;
  }
  EXPECT_TRUE(load_shipped("/no/such/folder").empty());
}

TEST(ContestantRules, NameThePackage) {
  const Contestant mine = parsed(smallest()).contestant;
  const Finding good = judge_contestant(mine, std::nullopt);
  EXPECT_EQ(good.status, Status::kGood);
  EXPECT_EQ(good.item, "contestant mine");
  EXPECT_NE(good.found.find("--contestant mine"), std::string::npos);
  const Finding lacking = judge_contestant(
      mine, Requirement{Requirement::Kind::kPythonModule, "gevent", "python3-gevent"});
  EXPECT_EQ(lacking.status, Status::kNote);
  EXPECT_EQ(lacking.found, "the Python module gevent is missing");
  EXPECT_EQ(lacking.advice, "install the Debian package python3-gevent");
  const Finding unbuilt = judge_contestant(
      mine, Requirement{Requirement::Kind::kProgram, "{programs}/contestant-libev", "libev-dev"});
  EXPECT_EQ(unbuilt.advice, "install the Debian package libev-dev and build again");
}

}  // namespace
}  // namespace sockbench
