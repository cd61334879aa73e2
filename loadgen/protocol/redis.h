#pragma once

#include <memory>
#include <string>

#include "loadgen/protocol/reply_parser.h"

namespace sockbench {

/// PING as redis-benchmark's PING_MBULK sends it: an array of one bulk string.
std::string redis_request();

/// Right is the status PONG, or the request itself, so that an echo server can be measured with
/// Redis's own clients and with us alike. Errors and all other values are wrong.
std::unique_ptr<ReplyParser> redis_reply_parser();

}  // namespace sockbench
