// Runs the conformance tests against one server program: conformance_test --server PATH, or the
// path in SOCKBENCH_SERVER, which --with gives options of its own. GoogleTest's own flags, such as
// --gtest_filter, work as usual.

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "common/cli.h"
#include "tests/conformance/server_under_test.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  CLI::App app("Tests one server program against the protocol and the contract of all servers",
               "conformance_test");
  std::string server;
  app.add_option("--server", server, "the server program")
      ->envname("SOCKBENCH_SERVER")
      ->required()
      ->check(CLI::ExistingFile);
  std::string flags;
  app.add_option("--with", flags, "flags that it gets besides, as one word");
  bool sanitized = false;
  app.add_flag("--sanitized", sanitized,
               "it was built with a sanitizer, which needs memory of its own");
  if (const auto exit_code = sockbench::parse_command_line(app, argc, argv)) return *exit_code;
  return sockbench::run_main("conformance_test", [&] {
    (void)std::signal(SIGPIPE, SIG_IGN);
    // Servers built with thread sanitizer would wait a second for their threads at every end.
    const char* const given = std::getenv("TSAN_OPTIONS");
    ::setenv("TSAN_OPTIONS", (std::string(given ? given : "") + ":atexit_sleep_ms=0").c_str(), 1);
    sockbench::test::adopt_orphans();
    sockbench::test::choose_server(server, flags, sanitized);
    return RUN_ALL_TESTS();
  });
}
