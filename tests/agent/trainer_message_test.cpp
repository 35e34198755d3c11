#include "agent/trainer_message.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "supervised.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

std::string refusal(std::string_view line) {
  try {
    parse_trainer_message(line);
  } catch (const TrainerFault& fault) {
    return fault.what();
  }
  return "";
}

template <typename Message>
Message parsed(std::string_view line) {
  return std::get<Message>(parse_trainer_message(line));
}

TEST(TrainerMessage, ParsesEveryKindOfLine) {
  EXPECT_EQ(parsed<StepDone>(R"({"done":17})").step, 17);
  EXPECT_EQ(parsed<StepLoaded>(R"({"loaded":17})").step, 17);
  EXPECT_EQ(parsed<StepReached>(R"({"reached":17})").step, 17);
  EXPECT_EQ(parsed<StepProgress>(R"( { "progress" : 17 } )").step, 17);
  EXPECT_EQ(parsed<TrainerPause>(R"({"pause":1.5})").expected, 1500ms);
  EXPECT_EQ(parsed<ReadAhead>(R"({"read_ahead":8})").steps, 8);
  EXPECT_EQ(parsed<CheckpointRequest>(R"({"checkpoint":"best"})").tag.text(), "best");
  const auto failed = parsed<StepFailed>(R"({"failed":3,"reason":"no such file"})");
  EXPECT_EQ(failed.step, 3);
  EXPECT_EQ(failed.reason, "no such file");
}

TEST(TrainerMessage, ParsesTheTrainersOwnTimes) {
  const auto done = parsed<StepDone>(R"({"done":1,"all_reduce_s":0.5,"local_s":2,"data_s":0.25})");
  EXPECT_EQ(done.measured.local, Duration(2s));
  EXPECT_EQ(done.measured.data, Duration(250ms));
  EXPECT_EQ(done.measured.all_reduce, Duration(500ms));
  EXPECT_EQ(parsed<StepDone>(R"({"done":1})").measured.local, std::nullopt);
}

TEST(TrainerMessage, ParsesAStandIn) {
  EXPECT_EQ(parsed<StepDone>(R"({"done":1,"stand_in":8})").measured.stand_in, 8);
  EXPECT_EQ(parsed<StepDone>(R"({"done":1})").measured.stand_in, 0);
  EXPECT_EQ(refusal(R"({"done":1,"stand_in":1000000001})"),
            R"(says {"done":1,"stand_in":1000000001}, where 'stand_in' is not a whole number from )"
            "0 to 1000000000");
}

// Who knows how long the step took judges them.
TEST(TrainerMessage, TakesTimesAsTheyAre) {
  EXPECT_EQ(parsed<TrainerPause>(R"({"pause":-1})").expected, -1s);
  EXPECT_EQ(parsed<TrainerPause>(R"({"pause":1e9})").expected, 1'000'000'000s);
  EXPECT_EQ(parsed<StepDone>(R"({"done":1,"local_s":-1})").measured.local, -1s);
  EXPECT_EQ(parsed<StepDone>(R"({"done":1,"data_s":1e9})").measured.data, 1'000'000'000s);
  EXPECT_GT(parsed<StepDone>(R"({"done":1,"local_s":1e300})").measured.local, 24h * 365 * 200);
}

TEST(TrainerMessage, RefusesBytesBehindTheMessage) {
  const std::string done = R"({"done":2})";
  EXPECT_EQ(parsed<StepDone>(done + " \r").step, 2);
  for (const std::string& behind :
       {std::string(1, '\0'), std::string("\0{\"done\":3}", 11), std::string(" x"),
        std::string(R"({"done":3})"), std::string(","), std::string("\xff")}) {
    EXPECT_NE(refusal(done + behind).find(", which is not a JSON object"), std::string::npos);
  }
}

TEST(TrainerMessage, CutsAReasonToALine) {
  const auto reason = [](const std::string& text) {
    return parsed<StepFailed>(Json{{"failed", 3}, {"reason", text}}.dump()).reason;
  };
  EXPECT_EQ(reason("Traceback:\n\tin read()\nOSError: torn"),
            "Traceback:  in read() OSError: torn");
  EXPECT_EQ(reason("\x1b[31mtorn"), "\\x1b[31mtorn");
  const std::string cut = reason("begin " + std::string(60'000, 'x') + " end");
  EXPECT_LE(cut.size(), 202U);
  EXPECT_EQ(cut.substr(0, 7), "begin x");
  EXPECT_EQ(cut.substr(cut.size() - 5), "x end");
}

TEST(TrainerMessage, SaysWhatIsWrongWithALine) {
  EXPECT_EQ(refusal("hello"), "says hello, which is not a JSON object");
  EXPECT_EQ(refusal(""), "says , which is not a JSON object");
  EXPECT_EQ(refusal("[1]"), "says [1], which is not a JSON object");
  EXPECT_EQ(refusal("{}"), "says {}, which says nothing");
  EXPECT_EQ(refusal(R"({"dome":1})"), R"(says {"dome":1}, where 'dome' is unknown; did you mean )"
                                      "'done'?");
  EXPECT_EQ(refusal(R"({"x":1})"),
            R"(says {"x":1}, where 'x' is unknown; there are done, loaded, reached, progress, )"
            "pause, read_ahead, checkpoint, failed");
  EXPECT_EQ(refusal(R"({"done":1,"seconds":2})"),
            R"(says {"done":1,"seconds":2}, where 'seconds' does not belong)");
  EXPECT_EQ(refusal(R"({"done":1,"loaded":1})"),
            R"(says {"done":1,"loaded":1}, where 'loaded' does not belong)");
  EXPECT_EQ(refusal("{\"" + std::string(100, 'x') + "\":1}"),
            "says {\"" + std::string(28, 'x') + "…" + std::string(25, 'x') + "\":1}, where '" +
                std::string(30, 'x') + "…" + std::string(29, 'x') +
                "' is unknown; there are done, loaded, reached, progress, pause, read_ahead, "
                "checkpoint, failed");
  EXPECT_EQ(refusal(R"({"failed":1})"), R"(says {"failed":1}, where 'reason' is missing)");
  EXPECT_EQ(refusal(R"({"failed":1,"reason":2})"),
            R"(says {"failed":1,"reason":2}, where 'reason' is not a text)");
}

TEST(TrainerMessage, RefusesNumbersOutOfRange) {
  const std::string whole = ", where 'done' is not a whole number from 0 to 4611686018427387904";
  for (const std::string number : {"-1", "1.5", "\"1\"", "null", "18446744073709551615"}) {
    const std::string line = fmt::format("{{\"done\":{}}}", number);
    EXPECT_EQ(refusal(line), fmt::format("says {}{}", line, whole));
  }
  for (const std::string value : {"\"1\"", "true", "null", "[1]"}) {
    const std::string pause = fmt::format("{{\"pause\":{}}}", value);
    EXPECT_EQ(refusal(pause),
              fmt::format("says {}, where 'pause' is not a number of seconds", pause));
    const std::string done = fmt::format("{{\"done\":1,\"local_s\":{}}}", value);
    EXPECT_EQ(refusal(done),
              fmt::format("says {}, where 'local_s' is not a number of seconds", done));
  }
  EXPECT_EQ(refusal(R"({"done":1,"local_s":1e999})"),
            R"(says {"done":1,"local_s":1e999}, which is not a JSON object)");
  EXPECT_EQ(refusal(R"({"read_ahead":1001})"),
            R"(says {"read_ahead":1001}, where 'read_ahead' is not a whole number from 0 to 1000)");
  EXPECT_EQ(refusal(R"({"checkpoint":""})"),
            R"(says {"checkpoint":""}, where the tag has 0 bytes; give 1 to 64)");
}

TEST(TrainerMessage, QuotesAtMostALineOfWhatItRefuses) {
  const std::string shown = refusal(std::string(10'000, 'x') + "\x1b[31m");
  EXPECT_LT(shown.size(), 120U);
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
}

TEST(AgentLine, GivesAStepWithItsExtents) {
  HostedStep step;
  step.number = 7;
  step.pass = pass_of(1);
  step.interval = {Position(10), Position(20)};
  step.samples = 10;
  step.global_samples = 30;
  step.extents = {{1, 5, 2}, {0, 30, 4}, {1, 0, 4}};
  EXPECT_EQ(
      step_line(step, two_files()),
      R"({"step":7,"dataset":0,"epoch":1,"begin":10,"end":20,"samples":10,"global_samples":30,)"
      R"("files":[{"path":"/data/c.tar","offset":40},{"path":"/data/a \"b\".tar",)"
      R"("offset":0}],"extents":[[0,5,2],[1,30,4],[0,0,4]]})"
      "\n");
  EXPECT_TRUE(Json::accept(step_line(step, two_files())));
}

TEST(AgentLine, DescribesTheJobFirst) {
  JobTerms terms;
  terms.order = {Shuffle::block, 5, 64};
  terms.shard_samples = 10;
  terms.epochs = 2;
  terms.line = BatchLine{100, 20, 4, true, 10};
  terms.min_batch = 4;
  TrainerPlace place;
  place.rank = 1;
  place.world_size = 3;
  const Json job = Json::parse(job_line(terms, two_files(), place, 2));
  EXPECT_EQ(job["evenkeel"], 1);
  EXPECT_EQ(job["mode"], "step");
  EXPECT_EQ(job["rank"], 1);
  EXPECT_EQ(job["workers"], 3);
  EXPECT_EQ(job["datasets"][0]["samples"], 100);
  EXPECT_EQ(job["datasets"][0]["fingerprint"].get<std::string>().size(), 16U);
  EXPECT_EQ(job["steps"], 10);
  EXPECT_EQ(job["global_batch"], 20);
  EXPECT_EQ(job["micro_batch"], 4);
  EXPECT_EQ(job["last"], "partial");
  EXPECT_EQ(job["shuffle"], "block");
  EXPECT_EQ(job["step_samples"], nullptr);

  terms.line.reset();
  terms.worker.step_samples = 32;
  const Json lease = Json::parse(job_line(terms, two_files(), place, 2));
  EXPECT_EQ(lease["mode"], "lease");
  EXPECT_EQ(lease["steps"], nullptr);
  EXPECT_EQ(lease["step_samples"], 32);
}

TEST(AgentLine, EndsTheJobAndAnswersCheckpoints) {
  EXPECT_EQ(finish_line(JobEnd::complete), "{\"finish\":\"complete\"}\n");
  EXPECT_EQ(finish_line(JobEnd::incomplete), "{\"finish\":\"incomplete\"}\n");
  EXPECT_EQ(finish_line(JobEnd::given_up), "{\"finish\":\"given up\"}\n");
  EXPECT_EQ(replaced_line, "{\"finish\":\"replaced\"}\n");
  EXPECT_EQ(checkpoint_line(*CheckpointTag::from("a\"b"), 12, CheckpointState::pending),
            "{\"checkpoint\":\"a\\\"b\",\"step\":12,\"state\":\"pending\"}\n");
}

}  // namespace
}  // namespace evenkeel
