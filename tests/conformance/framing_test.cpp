// The byte stream: whatever way it is cut into pieces, every byte comes back once, in order, right.

#include <gtest/gtest.h>

#include "tests/conformance/server_under_test.h"
#include "tests/support/bytes.h"

namespace sockbench::test {
namespace {

TEST(Framing, FragmentsOfOneByteEachAnsweredBeforeTheNext) {
  const ServerUnderTest server;
  TestClient client(server.endpoint());
  for (const char byte : every_byte()) {
    ASSERT_TRUE(answers(client, std::string(1, byte)));
  }
}

TEST(Framing, FragmentsOfOneByteWithoutWaiting) {
  const ServerUnderTest server;
  TestClient client(server.endpoint());
  const std::string message = random_bytes(2000, 1);
  for (const char byte : message) client.send(std::string(1, byte));
  EXPECT_TRUE(same_bytes(client.receive(message.size()), upper(message)));
}

TEST(Framing, ThousandsOfPipelinedMessagesInOneBurst) {
  const ServerUnderTest server;
  TestClient client(server.endpoint());
  std::string burst;
  for (int i = 0; i < 8000; ++i) {
    std::string message = "message " + std::to_string(i) + " of a pipeline ";
    message.resize(64, 'x');
    burst += message;
  }
  EXPECT_TRUE(answers(client, burst));
  EXPECT_TRUE(answers(client, burst)) << "the second burst on the same connection";
}

// Around the size of the servers' receive buffer, where an off-by-one would live.
TEST(Framing, EverySizeAroundTheReceiveBuffer) {
  const ServerUnderTest server;
  TestClient client(server.endpoint());
  for (const std::size_t size : {1, 2, 4095, 4096, 16383, 16384, 16385, 32768, 65535, 65537}) {
    EXPECT_TRUE(answers(client, random_bytes(size, size))) << "a message of " << size << " bytes";
  }
}

TEST(Framing, AllByteValuesInUpperCase) {
  const ServerUnderTest server({"--reply", "upper"});
  TestClient client(server.endpoint());
  const std::string reply = client.exchange(every_byte());
  EXPECT_TRUE(same_bytes(reply, upper(every_byte())));
  EXPECT_EQ(reply.substr('`', 28), "`ABCDEFGHIJKLMNOPQRSTUVWXYZ{");
}

TEST(Framing, AllByteValuesEchoed) {
  const ServerUnderTest server({"--reply", "echo"});
  TestClient client(server.endpoint());
  EXPECT_TRUE(same_bytes(client.exchange(every_byte()), every_byte()));
  const std::string bulk = random_bytes(kMiB, 2);
  EXPECT_TRUE(same_bytes(client.exchange(bulk), bulk));
}

TEST(Framing, UpperCaseIsTheDefault) {
  const ServerUnderTest server;
  TestClient client(server.endpoint());
  EXPECT_EQ(client.exchange("Default 1"), "DEFAULT 1");
}

TEST(HalfClose, AnswersToTheLastByteAndThenCloses) {
  const ServerUnderTest server;
  TestClient client(server.endpoint());
  const std::string request = random_bytes(3 * kMiB + 17, 3);
  EXPECT_TRUE(same_bytes(client.exchange_and_finish(request), upper(request)));
}

TEST(HalfClose, AnswersWhatWasSentBeforeAnythingIsRead) {
  const ServerUnderTest server;
  TestClient client(server.endpoint(), {.receive = 128 * 1024});
  const std::string request = random_bytes(kMiB, 4);
  const std::size_t sent = client.send_until_full(request, milliseconds(50));
  client.finish_sending();
  EXPECT_TRUE(same_bytes(client.receive_to_end(), upper(request.substr(0, sent))));
}

TEST(HalfClose, InTheMiddleOfAMessage) {
  const ServerUnderTest server({"--message-bytes", "64", "--handler", "spin:1"});
  TestClient client(server.endpoint());
  client.send("only a part");
  client.finish_sending();
  EXPECT_EQ(client.receive_to_end(), "ONLY A PART");
}

TEST(HalfClose, WithoutAnyMessage) {
  const ServerUnderTest server;
  TestClient client(server.endpoint());
  client.finish_sending();
  EXPECT_EQ(client.receive_to_end(), "");
  EXPECT_TRUE(serves_new_connection(server));
}

}  // namespace
}  // namespace sockbench::test
