# What an installation holds. The programs find their data at ../share/sockbench.
include(GNUInstallDirs)
set(data ${CMAKE_INSTALL_DATADIR}/sockbench)
get_property(models GLOBAL PROPERTY SOCKBENCH_SERVERS)
list(TRANSFORM models PREPEND server-)
get_property(contestants GLOBAL PROPERTY SOCKBENCH_CONTESTANTS)
install(TARGETS sockbench sockbench-micro loadgen ${models} ${contestants}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Preloaded, never linked: it stands beside the programs, where sockbench looks for what it starts.
install(TARGETS sockbench_fault LIBRARY DESTINATION ${CMAKE_INSTALL_BINDIR})
install(PROGRAMS bench/run_all.sh DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME sockbench-run-all)
install(PROGRAMS scripts/installed_report.sh
        DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME sockbench-report)

install(DIRECTORY bench/workloads bench/suites bench/claims DESTINATION ${data}
        FILES_MATCHING PATTERN "*.json")
install(FILES bench/advice.json bench/cost_model.json results/schema/run.schema.json
              results/schema/duel.schema.json results/schema/pool.schema.json
              results/schema/capacity.schema.json
        DESTINATION ${data})
install(DIRECTORY bench/contestants DESTINATION ${data}
        PATTERN CMakeLists.txt EXCLUDE PATTERN "*.c" EXCLUDE PATTERN "*.h" EXCLUDE
        PATTERN __pycache__ EXCLUDE)
install(PROGRAMS scripts/report.sh DESTINATION ${data}/scripts)
install(DIRECTORY scripts/report DESTINATION ${data}/scripts PATTERN node_modules EXCLUDE)

install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
foreach(model ${models})  # one page tells of all
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/man/${model}.1 CONTENT ".so man1/server-MODEL.1\n")
  install(FILES ${CMAKE_BINARY_DIR}/man/${model}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endforeach()
install(FILES scripts/completions/sockbench.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME sockbench)
install(FILES scripts/completions/_sockbench
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
