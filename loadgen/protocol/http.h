#pragma once

#include <memory>
#include <string>

#include "loadgen/protocol/reply_parser.h"

namespace sockbench {

/// GET in HTTP/1.1, whose connections are persistent by default.
std::string http_request(const std::string& host, const std::string& path);

/// A correct reply has status 200 and a complete body, of a known length or chunked, on a
/// connection that stays open. Other replies are rejected after their header.
std::unique_ptr<ReplyParser> http_reply_parser();

}  // namespace sockbench
