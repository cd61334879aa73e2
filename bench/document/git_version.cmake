# Writes OUTPUT with the commit that is built; touches the file only when something changed.
execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD OUTPUT_VARIABLE commit
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
execute_process(COMMAND git -C ${SOURCE} status --porcelain --untracked-files=no
                OUTPUT_VARIABLE changes ERROR_QUIET)
if(changes STREQUAL "")
  set(dirty false)
else()
  set(dirty true)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#pragma once
#define SOCKBENCH_GIT_COMMIT \"@commit@\"
#define SOCKBENCH_GIT_DIRTY @dirty@
" @ONLY)
