#pragma once

#include "loadgen/options.h"

namespace sockbench {

/// Connects, then executes one JSON command per line of standard input and answers each with one
/// line on standard output.
///   (start)                                         ->
///   {"event":"ready","verified":N,"failure":text}
///   {"command":"slice","lead_in_ns":…,"window_ns":…,
///    "drain_limit_ns":…,"seed":…}                    -> {"event":"slice", …LoadOutcome…}
///   {"command":"discard"}                           -> {"event":"discarded"}; the last slice with
///                                                      a window leaves nothing in the report
///   {"command":"report"}                            -> {"event":"report", …blocks of a cell…}
/// Exits at the end of standard input. Between commands the process sleeps in read. Returns an exit
/// code; throws UsageError for an invalid command.
int control_loop(const LoadOptions& options);

}  // namespace sockbench
