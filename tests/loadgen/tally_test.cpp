// The figures of to_json(Tally, LoadOptions), from tallies made by hand.

#include "loadgen/record/tally.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/clock.h"

namespace sockbench {
namespace {

using nlohmann::ordered_json;

LoadOptions closed_loop() {
  LoadOptions options;
  options.connections = 4;
  options.active = 4;
  options.duration_ns = 2 * kNsPerSecond;
  return options;
}

LoadOptions open_loop(double rate) {
  LoadOptions options = closed_loop();
  options.rate = rate;
  return options;
}

/// Two seconds of four connections in which every request took `response_ns` and all went well.
Tally good_tally(std::uint64_t requests, std::int64_t response_ns) {
  Tally tally;
  tally.response.record_n(response_ns, requests);
  tally.service.record_n(response_ns, requests);
  tally.send_delay.record_n(1000, requests);
  tally.take_up_delay.record_n(500, requests);
  tally.connect.record_n(50'000, 4);
  tally.ledger.intended = tally.ledger.sent = tally.ledger.answered = requests;
  tally.connections_verified = 4;
  tally.answered_in_window = tally.answered_ever = tally.on_schedule = requests;
  tally.window_ns = 2 * kNsPerSecond;
  tally.cpu_ns = kNsPerSecond;
  tally.busy_by_thread_ns = {kNsPerSecond};
  tally.answered_by_connection.assign(4, requests / 4);
  return tally;
}

bool has_reason(const ordered_json& json, const std::string& part) {
  for (const auto& reason : json["verdict"]["reasons"]) {
    if (reason.get<std::string>().find(part) != std::string::npos) return true;
  }
  return false;
}

TEST(Ledger, BalancesWhenEveryRequestHasOneFate) {
  constexpr Ledger kBalanced = {.intended = 100,
                                .sent = 90,
                                .never_sent = 10,
                                .answered = 70,
                                .unanswered = 8,
                                .reset = 6,
                                .timed_out = 4,
                                .mismatched = 2,
                                .extra_replies = 7,
                                .refused = 3};
  EXPECT_TRUE(kBalanced.balances());
  EXPECT_EQ(kBalanced.wrong(), 30U) << "without what is no request's fate";
  for (std::uint64_t Ledger::*field :
       {&Ledger::intended, &Ledger::sent, &Ledger::never_sent, &Ledger::answered,
        &Ledger::unanswered, &Ledger::reset, &Ledger::timed_out, &Ledger::mismatched}) {
    Ledger broken = kBalanced;
    ++(broken.*field);
    EXPECT_FALSE(broken.balances());
  }
  for (std::uint64_t Ledger::*field : {&Ledger::extra_replies, &Ledger::refused}) {
    Ledger other = kBalanced;
    ++(other.*field);
    EXPECT_TRUE(other.balances());
  }
}

TEST(Ledger, MergingAddsEveryField) {
  const Ledger a = {.intended = 1,
                    .sent = 2,
                    .never_sent = 3,
                    .answered = 4,
                    .unanswered = 5,
                    .reset = 6,
                    .timed_out = 7,
                    .mismatched = 8,
                    .extra_replies = 9,
                    .refused = 10};
  Ledger sum = a;
  sum.merge(a);
  const ordered_json once = to_json(a);
  const ordered_json twice = to_json(sum);
  EXPECT_EQ(once.size(), 10U);
  for (const auto& [key, value] : once.items()) {
    EXPECT_EQ(twice[key].get<int>(), 2 * value.get<int>()) << key;
  }
}

TEST(TallyJson, HasTheBlocksOfTheContract) {
  const auto json = to_json(good_tally(1000, 8'000'000), closed_loop());
  for (const char* key :
       {"duration_s", "offered_rps", "achieved_rps", "response_time_ns", "service_time_ns",
        "send_delay_ns", "take_up_delay_ns", "receive_delay_ns", "connect_time_ns", "generator",
        "ledger", "fairness", "burst", "stamp_check", "verdict"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  for (const char* key :
       {"cpu_ns_per_request", "cpu_utilisation", "schedule_adherence", "little_ratio"}) {
    EXPECT_TRUE(json["generator"].contains(key)) << key;
  }
  for (const char* key : {"intended", "sent", "never_sent", "answered", "unanswered", "refused",
                          "reset", "timed_out", "mismatched"}) {
    EXPECT_TRUE(json["ledger"].contains(key)) << key;
  }
  for (const char* key : {"jain", "starved_connections", "slowest_connection_p99_ns"}) {
    EXPECT_TRUE(json["fairness"].contains(key)) << key;
  }
}

TEST(TallyJson, FiguresOfAGoodClosedLoop) {
  const auto json = to_json(good_tally(1000, 8'000'000), closed_loop());
  EXPECT_DOUBLE_EQ(json["duration_s"], 2);
  EXPECT_DOUBLE_EQ(json["achieved_rps"], 500);
  EXPECT_EQ(json["response_time_ns"]["count"], 1000);
  EXPECT_EQ(json["service_time_ns"], json["response_time_ns"]);
  EXPECT_DOUBLE_EQ(json["generator"]["cpu_ns_per_request"], 1e6);
  EXPECT_DOUBLE_EQ(json["generator"]["cpu_utilisation"], 0.5);
  EXPECT_DOUBLE_EQ(json["fairness"]["jain"], 1);
  EXPECT_EQ(json["connect_time_ns"]["count"], 4);
  EXPECT_TRUE(json["verdict"]["fit"].get<bool>()) << json["verdict"].dump();
  EXPECT_EQ(json["verdict"]["reasons"].size(), 0U);
  // Not measured in closed loop: null, never 0.
  EXPECT_TRUE(json["offered_rps"].is_null());
  EXPECT_TRUE(json["send_delay_ns"].is_null());
  EXPECT_TRUE(json["take_up_delay_ns"].is_null());
  EXPECT_TRUE(json["generator"]["schedule_adherence"].is_null());
  EXPECT_TRUE(json["receive_delay_ns"].is_null());
}

TEST(TallyJson, FiguresOfAGoodOpenLoop) {
  Tally tally = good_tally(1000, 8'000'000);
  tally.on_schedule = 990;
  const auto json = to_json(tally, open_loop(500));
  EXPECT_DOUBLE_EQ(json["offered_rps"], 500);
  EXPECT_DOUBLE_EQ(json["achieved_rps"], 500);
  EXPECT_EQ(json["send_delay_ns"]["count"], 1000);
  EXPECT_EQ(json["take_up_delay_ns"]["count"], 1000);
  EXPECT_DOUBLE_EQ(json["generator"]["schedule_adherence"], 0.99);
  EXPECT_TRUE(json["generator"]["little_ratio"].is_null()) << "nothing is kept in flight";
  EXPECT_TRUE(json["verdict"]["fit"].get<bool>()) << json["verdict"].dump();
}

TEST(TallyJson, NothingMeasuredIsNullNotZero) {
  const auto json = to_json(Tally(), open_loop(500));
  for (const char* key : {"response_time_ns", "service_time_ns", "send_delay_ns",
                          "receive_delay_ns", "connect_time_ns"}) {
    EXPECT_TRUE(json[key].is_null()) << key;
  }
  EXPECT_TRUE(json["generator"]["cpu_ns_per_request"].is_null());
  EXPECT_TRUE(json["generator"]["schedule_adherence"].is_null());
  EXPECT_TRUE(json["generator"]["little_ratio"].is_null());
  EXPECT_TRUE(json["fairness"]["jain"].is_null());
  EXPECT_FALSE(json["verdict"]["fit"].get<bool>());
  EXPECT_TRUE(has_reason(json, "no request was answered"));
}

// Four in flight for two seconds are 8 s of time in flight: 1000 requests of 8 ms each.
TEST(LittleRatio, IsOneWhenTheStampsAreRight) {
  const auto ratio = [](const Tally& tally, const LoadOptions& options) {
    return to_json(tally, options)["generator"]["little_ratio"].get<double>();
  };
  Tally tally = good_tally(1000, 8'000'000);
  EXPECT_DOUBLE_EQ(ratio(tally, closed_loop()), 1);
  tally.edge_ns = -kNsPerSecond;  // what reaches out of the window does not count …
  EXPECT_DOUBLE_EQ(ratio(tally, closed_loop()), 0.875);
  tally.edge_ns = kNsPerSecond;  // … and what reaches into it does
  EXPECT_DOUBLE_EQ(ratio(tally, closed_loop()), 1.125);
  tally.edge_ns = 0;
  LoadOptions options = closed_loop();
  options.pipeline = 2;
  EXPECT_DOUBLE_EQ(ratio(tally, options), 0.5) << "half of what should be in flight is";
  options.pipeline = 1;
  options.connections = 100;  // idle ones do not count
  EXPECT_DOUBLE_EQ(ratio(tally, options), 1);
}

TEST(TallyJson, RequestsThatGotLostStayInTheDenominators) {
  Tally tally = good_tally(99'000, 1'000'000);
  Ledger& ledger = tally.ledger;
  ledger.unanswered = 500;
  ledger.reset = 300;
  ledger.timed_out = 300;
  ledger.mismatched = 400;
  ledger.never_sent = 1'500;
  ledger.sent += 1'500;
  ledger.intended = ledger.sent + 1'500;
  ASSERT_TRUE(ledger.balances());
  // 3,000 of 102,000 have no response time, 2.9 %; the p99 is among them, so nobody knows it.
  const auto open = to_json(tally, open_loop(50'000));
  EXPECT_EQ(open["response_time_ns"]["count"], 99'000);
  EXPECT_FALSE(open["response_time_ns"]["p90"].is_null());
  EXPECT_TRUE(open["response_time_ns"]["p99"].is_null());
  EXPECT_TRUE(open["service_time_ns"]["p99"].is_null()) << "1,500 were sent and not answered";
  EXPECT_TRUE(open["send_delay_ns"]["p99"].is_null()) << "1,500 were never sent";
  const auto closed = to_json(tally, closed_loop());
  EXPECT_EQ(closed["service_time_ns"], closed["response_time_ns"]);
}

// One fate alone, 2 % of the requests: each must count.
TEST(TallyJson, EveryBadFateReachesTheP99) {
  struct Fate {
    std::uint64_t Ledger::*field;
    bool sent;
  };
  for (const Fate fate :
       {Fate{&Ledger::unanswered, true}, Fate{&Ledger::reset, true}, Fate{&Ledger::timed_out, true},
        Fate{&Ledger::mismatched, true}, Fate{&Ledger::never_sent, false}}) {
    Tally tally = good_tally(98'000, 1'000'000);
    EXPECT_FALSE(to_json(tally, open_loop(50'000))["response_time_ns"]["p99"].is_null());
    tally.ledger.*fate.field = 2'000;
    tally.ledger.intended += 2'000;
    if (fate.sent) tally.ledger.sent += 2'000;
    ASSERT_TRUE(tally.ledger.balances());
    const auto json = to_json(tally, open_loop(50'000));
    EXPECT_TRUE(json["response_time_ns"]["p99"].is_null());
    EXPECT_EQ(json["service_time_ns"]["p99"].is_null(), fate.sent);
    EXPECT_EQ(json["send_delay_ns"]["p99"].is_null(), !fate.sent);
    EXPECT_TRUE(has_reason(json, "see the ledger"));
    EXPECT_FALSE(json["verdict"]["fit"].get<bool>());
  }
}

TEST(TallyJson, ReceiveDelayOnlyWithKernelStamps) {
  Tally tally = good_tally(1000, 6'000'000);
  tally.receive_delay.record_n(2'000'000, 1000);
  const auto json = to_json(tally, closed_loop());
  EXPECT_EQ(json["receive_delay_ns"]["count"], 1000);
  // A reply that waits to be read still keeps its connection busy: 4 * 2 s = 1000 * (6 + 2) ms.
  EXPECT_DOUBLE_EQ(json["generator"]["little_ratio"], 1);
}

TEST(Verdict, NamesWhatIsWrong) {
  const auto judged = [](auto&& change) {
    Tally tally = good_tally(1000, 8'000'000);
    change(tally);
    return to_json(tally, closed_loop());
  };
  EXPECT_TRUE(has_reason(judged([](Tally& t) { t.ledger.refused = 1; }), "see the ledger"));
  EXPECT_TRUE(has_reason(judged([](Tally& t) { t.ledger.extra_replies = 1; }), "see the ledger"));
  EXPECT_TRUE(has_reason(judged([](Tally& t) { t.connections_verified = 3; }), "only 3 of 4"));
  EXPECT_TRUE(
      has_reason(judged([](Tally& t) { t.connections_lost = 2; }), "2 connections were lost"));
  EXPECT_TRUE(has_reason(judged([](Tally& t) {
                           t.busy_by_thread_ns = {10, 1'900'000'000};
                         }),
                         "generator-bound"));
  EXPECT_FALSE(has_reason(judged([](Tally& t) { t.cpu_ns = 1'700'000'000; }), "generator-bound"));
}

TEST(Verdict, RequestsTakenUpLateMeanTheGeneratorIsTheBottleneck) {
  Tally tally = good_tally(20'000, 1'000'000);
  tally.take_up_delay.reset();
  tally.take_up_delay.record_n(200'000, 20'000);  // a fifth of the response time
  EXPECT_TRUE(has_reason(to_json(tally, open_loop(10'000)), "generator-bound"));
  EXPECT_FALSE(has_reason(to_json(tally, closed_loop()), "generator-bound"));
  tally.take_up_delay.reset();
  tally.take_up_delay.record_n(90'000, 20'000);
  EXPECT_FALSE(has_reason(to_json(tally, open_loop(10'000)), "generator-bound"));
  tally.not_taken_up = 300;  // more than 1 % were not taken up at all
  EXPECT_TRUE(has_reason(to_json(tally, open_loop(10'000)), "generator-bound"));
}

// A request waits for its connection's reply before it: that is the server's doing.
TEST(Verdict, SendsDelayedByTheServerAreNoFaultOfTheGenerator) {
  Tally tally = good_tally(20'000, 1'000'000);
  tally.send_delay.reset();
  tally.send_delay.record_n(900'000, 20'000);
  const auto json = to_json(tally, open_loop(10'000));
  EXPECT_FALSE(has_reason(json, "generator-bound")) << json["verdict"].dump();
  EXPECT_TRUE(json["verdict"]["fit"].get<bool>());
}

TEST(Verdict, SaturatedWhenMoreWaitThanConnectionsCanHaveInFlight) {
  Tally tally = good_tally(1000, 8'000'000);
  tally.answered_in_window = 996;  // the last four are in flight, one on each connection
  EXPECT_TRUE(to_json(tally, open_loop(500))["verdict"]["fit"].get<bool>());
  tally.answered_in_window = 979;
  EXPECT_TRUE(has_reason(to_json(tally, open_loop(500)), "saturated: 97 % of the offered rate"));
  EXPECT_FALSE(has_reason(to_json(tally, closed_loop()), "saturated"));
  LoadOptions wide = open_loop(500);
  wide.active = 21;
  EXPECT_FALSE(has_reason(to_json(tally, wide), "saturated")) << "all may be in flight";
}

TEST(Verdict, ABurstIsJudgedByTheGeneratorsShareOfIt) {
  LoadOptions options = open_loop(500);
  options.arrival = Arrival::kBurst;
  Tally tally = good_tally(1000, 8'000'000);
  tally.take_up_delay.reset();
  tally.take_up_delay.record_n(7'000'000, 1000);  // one by one
  tally.bursts.length_ns = 100;
  tally.bursts.generator_cpu_ns = 89;
  const auto shared = to_json(tally, options);
  EXPECT_DOUBLE_EQ(shared["burst"]["generator_utilisation"], 0.89);
  EXPECT_TRUE(shared["verdict"]["fit"].get<bool>()) << shared["verdict"].dump();
  tally.bursts.generator_cpu_ns = 95;
  EXPECT_TRUE(has_reason(to_json(tally, options), "95 % of its CPU from the start of a burst"));
  tally.bursts = {};
  EXPECT_TRUE(to_json(tally, options)["burst"]["generator_utilisation"].is_null());
}

TEST(StampCheck, AWrongStampOfTheSendsMakesTheRunUnfit) {
  Tally tally = good_tally(1000, 1'000'000);
  for (int i = 0; i < 100; ++i) tally.stamp_errors.record_send(40'000);
  const auto right = to_json(tally, closed_loop());
  EXPECT_EQ(right["stamp_check"]["sampled"], 100);
  EXPECT_EQ(right["stamp_check"]["send_error_ns"]["max"], 40'000);
  EXPECT_TRUE(right["stamp_check"]["absent"].is_null());
  EXPECT_FALSE(has_reason(right, "the stamps are wrong")) << "4 % of the response time";
  // Stamped 60 µs before it is sent, with everything else as it was: Little's ratio cannot tell.
  tally.stamp_errors = {};
  for (int i = 0; i < 100; ++i) tally.stamp_errors.record_send(60'000);
  const auto early = to_json(tally, closed_loop());
  EXPECT_TRUE(has_reason(early, "the stamps are wrong")) << early["verdict"].dump();
  EXPECT_EQ(early["generator"]["little_ratio"], right["generator"]["little_ratio"]);
  for (int i = 0; i < 5; ++i) tally.stamp_errors.record_send(-60'000);
  const auto late = to_json(tally, closed_loop());
  EXPECT_EQ(late["stamp_check"]["after_send"], 5);
  EXPECT_TRUE(has_reason(late, "stamped after the kernel had sent them"));
}

TEST(StampCheck, SaysWhyItIsAbsent) {
  const auto reason = [](const LoadOptions& options) {
    const auto check = to_json(good_tally(10, 1000), options)["stamp_check"];
    EXPECT_EQ(check["sampled"], 0);
    EXPECT_TRUE(check["send_error_ns"].is_null());
    return check["absent"].get<std::string>();
  };
  LoadOptions options = closed_loop();
  EXPECT_NE(reason(options).find("no send of the window was sampled"), std::string::npos);
  options.churn = true;
  EXPECT_NE(reason(options).find("connect()"), std::string::npos);
  options.engine = EngineKind::kIoUring;
  EXPECT_NE(reason(options).find("io_uring"), std::string::npos);
}

// Waiting actively for the next arrival burns CPU without limiting anything.
TEST(Generator, SpinningIsNotBusy) {
  Tally tally = good_tally(1000, 8'000'000);
  tally.cpu_ns = 2 * kNsPerSecond;
  tally.spin_ns = 1'500'000'000;
  const auto generator = to_json(tally, open_loop(500))["generator"];
  EXPECT_DOUBLE_EQ(generator["cpu_utilisation"], 0.25);
  EXPECT_DOUBLE_EQ(generator["spin_utilisation"], 0.75);
  EXPECT_DOUBLE_EQ(generator["cpu_ns_per_request"], 0.5e6);
}

TEST(Generator, UtilisationsArePerThread) {
  Tally tally = good_tally(1000, 8'000'000);
  tally.cpu_ns = 4 * kNsPerSecond;  // two threads, two seconds each
  tally.spin_ns = 3 * kNsPerSecond;
  LoadOptions options = open_loop(500);
  options.threads = 2;
  const auto generator = to_json(tally, options)["generator"];
  EXPECT_DOUBLE_EQ(generator["cpu_utilisation"], 0.25);
  EXPECT_DOUBLE_EQ(generator["spin_utilisation"], 0.75);
}

struct Served {
  std::vector<std::uint64_t> answered;
  double jain;
};

TEST(Fairness, SharesOfRepliesFromTheFewestToTheMost) {
  const auto shares_of = [](const std::vector<std::uint64_t>& answered) {
    Tally tally = good_tally(1000, 8'000'000);
    tally.answered_by_connection = answered;
    return to_json(tally, closed_loop())["fairness"]["reply_shares"];
  };
  std::vector<std::uint64_t> ramp;  // 40, 39 … 0: the rank 2 · step holds 2 · step
  for (std::uint64_t count = 41; count > 0; --count) ramp.push_back(count - 1);
  const auto shares = shares_of(ramp);
  ASSERT_EQ(shares.size(), 21U);
  for (std::size_t step = 0; step <= 20; ++step) {
    EXPECT_DOUBLE_EQ(shares[step], static_cast<double>(2 * step) / 20) << step;
  }
  const auto alone = shares_of({9, 0, 0});
  EXPECT_EQ(alone[0], 0) << "starved";
  EXPECT_EQ(alone[10], 0);
  EXPECT_EQ(alone[20], 3);
  EXPECT_EQ(shares_of({7})[0], 1);
  EXPECT_EQ(shares_of({7})[20], 1);
  EXPECT_TRUE(shares_of({0, 0}).is_null()) << "no request was answered";
}

TEST(Fairness, JainsIndex) {
  for (const auto& [answered, jain] :
       {Served{{5, 5, 5, 5}, 1}, Served{{9, 0, 0, 0}, 0.25}, Served{{1, 3}, 0.8}, Served{{7}, 1}}) {
    Tally tally = good_tally(1000, 8'000'000);
    tally.answered_by_connection = answered;
    tally.starved_connections = 3;
    tally.stalled_connections = 7;
    const auto fairness = to_json(tally, closed_loop())["fairness"];
    EXPECT_DOUBLE_EQ(fairness["jain"], jain);
    EXPECT_EQ(fairness["starved_connections"], 3);
    EXPECT_EQ(fairness["stalled_connections"], 7);
  }
}

// Histograms merge, percentiles do not: a slow worker with few requests makes the tail of both.
TEST(TallyMerge, OfTwoUnequalWorkers) {
  Tally fast = good_tally(9'000, 1'000'000);
  Tally slow = good_tally(1'000, 100'000'000);
  fast.starved_connections = 1;
  slow.starved_connections = 2;
  slow.stalled_connections = 4;
  slow.connections_lost = 1;
  slow.edge_ns = -5;
  slow.receive_delay.record(1);
  slow.window_ns = 2'000'000'100;
  slow.spin_ns = 10;
  slow.not_taken_up = 6;
  slow.stamp_errors.record_send(1);
  fast.merge(slow);
  EXPECT_EQ(fast.take_up_delay.count(), 10'000U);
  EXPECT_EQ(fast.not_taken_up, 6U);
  EXPECT_EQ(fast.stamp_errors.send.count(), 1U);
  EXPECT_EQ(fast.response.count(), 10'000U);
  EXPECT_EQ(fast.service.count(), 10'000U);
  EXPECT_EQ(fast.send_delay.count(), 10'000U);
  EXPECT_EQ(fast.receive_delay.count(), 1U);
  EXPECT_EQ(fast.connect.count(), 8U);
  EXPECT_LT(*fast.response.percentile(89), 1'001'000);
  EXPECT_GT(*fast.response.percentile(91), 99'000'000);
  EXPECT_EQ(fast.ledger.answered, 10'000U);
  EXPECT_EQ(fast.answered_in_window, 10'000U);
  EXPECT_EQ(fast.answered_ever, 10'000U);
  EXPECT_EQ(fast.on_schedule, 10'000U);
  EXPECT_EQ(fast.connections_verified, 8U);
  EXPECT_EQ(fast.connections_lost, 1U);
  EXPECT_EQ(fast.starved_connections, 3U);
  EXPECT_EQ(fast.stalled_connections, 4U);
  EXPECT_EQ(fast.answered_by_connection.size(), 8U);
  EXPECT_EQ(fast.window_ns, 2'000'000'100) << "the windows run side by side";
  EXPECT_EQ(fast.cpu_ns, 2 * kNsPerSecond);
  EXPECT_EQ(fast.spin_ns, 10);
  EXPECT_EQ(fast.edge_ns, -5);
}

}  // namespace
}  // namespace sockbench
