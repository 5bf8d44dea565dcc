#include <algorithm>
#include <cmath>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

using Catch::Approx;
using test::model;
using test::Stage;

ModelInfo trained(int number, const char* objective, bool judges = false, int latent = 8) {
  ModelInfo info = model(number, latent);
  info.spec.objective = objective;
  if (judges) info.realism = {1.0f, 0.0f};
  return info;
}

std::string button_of(const ModelInfo& info) { return "compare-" + hex(info.id); }

}  // namespace

TEST_CASE("compare: models of the same latents and classes, three at most, the one on show among them") {
  std::vector<ModelInfo> models = {trained(1, "avae"), trained(2, "vae"), trained(3, "gan"), trained(4, "seed"),
                                   trained(5, "avae", false, 16)};
  const auto numbers = [&](std::size_t shown) {
    std::vector<int> out;
    for (const ModelInfo* info : comparable(models[shown], models)) out.push_back(info->id[0]);
    return out;
  };
  CHECK(numbers(0) == std::vector{1, 2, 3});
  CHECK(numbers(3) == std::vector{4, 1, 2});
  CHECK(numbers(4) == std::vector{5});
  models[1].current = false;
  CHECK(numbers(0) == std::vector{1, 3, 4});
  CHECK(numbers(1) == std::vector{1, 2, 3});  // an earlier one is compared while it is on show
}

TEST_CASE("compare: each model draws the sample, a click chooses a model and keeps the sample") {
  const std::vector models = {trained(1, "avae"), trained(2, "vae"), trained(3, "gan")};
  Stage stage(1440.0f, 900.0f, true, models);
  (void)stage->command("view-compare");
  stage.frame();
  std::vector<int> asked;
  for (const DecodeRequest& request : stage.service.requests)
    if (request.priority == Priority::kSample) {
      asked.push_back(request.model[0]);
      CHECK(request.latents == stage.state().sample.latent);
    }
  std::sort(asked.begin(), asked.end());
  CHECK(asked == std::vector{1, 2, 3});
  std::vector<Ticket> tickets;
  for (const DecodeRequest& request : stage.service.requests) tickets.push_back(request.ticket);
  std::sort(tickets.begin(), tickets.end());
  CHECK(std::adjacent_find(tickets.begin(), tickets.end()) == tickets.end());
  stage.settle();
  const Keyframe before = stage.state().sample;
  stage.click(button_of(models[2]));
  stage.settle();
  CHECK(stage.state().model == models[2].id);
  CHECK(stage.state().sample == before);
  CHECK(stage.state().view == View::kCompare);
}

TEST_CASE("compare: nothing lies outside its area at any size, and one model alone says so") {
  for (const auto& [width, height] :
       {std::pair{360.0f, 640.0f}, {740.0f, 360.0f}, {820.0f, 1100.0f}, {1440.0f, 900.0f}, {2560.0f, 1300.0f}}) {
    const std::vector models = {trained(1, "avae", true), trained(2, "vae"), trained(3, "gan")};
    {
      Stage stage(width, height, true, models);
      (void)stage->command("view-compare");
      stage.settle();
      const Rect area = stage->layout().carpet;
      for (const ModelInfo& info : models) {
        const Rect at = stage.target(button_of(info)).rect;
        CHECK(at.x >= area.x);
        CHECK(at.right() <= area.right());
        CHECK(at.w >= 60.0f);
      }
    }
    Stage alone(width, height, true, {models[0]});
    (void)alone->command("view-compare");
    alone.settle();
    CHECK_FALSE(alone.has(button_of(models[0])));
  }
}

TEST_CASE("compare: another model's picture that comes last fades in to the end") {
  const std::vector models = {trained(1, "avae"), trained(2, "vae")};
  Stage stage(1440.0f, 900.0f, true, models);
  stage.host.calm = false;
  (void)stage->command("view-compare");
  stage.frame();
  const std::vector<DecodeRequest> asked = std::exchange(stage.service.requests, {});
  const auto answer = [&](const ModelInfo& model) {
    for (const DecodeRequest& request : asked)
      if (request.model == model.id) stage->decoded(request.ticket, test::pixels_for(request));
  };
  answer(models[0]);
  stage.settle();
  answer(models[1]);
  const double came = stage.host.clock_ms;
  while (stage->needs_frame()) stage.frame();
  CHECK(stage.host.clock_ms - came >= kTransition_ms);
}

TEST_CASE("compare: what is drawn in words can be read: strengths, realism, and that a GAN cannot read pictures") {
  const std::vector models = {trained(1, "avae", true), trained(2, "gan")};
  for (const auto& [width, height] : {std::pair{1440.0f, 900.0f}, std::pair{360.0f, 780.0f}}) {
    Stage stage(width, height, true, models);
    (void)stage->command("view-compare");
    stage.settle();
    const auto says = [&](std::string_view words) {
      return std::any_of(stage->targets().begin(), stage->targets().end(), [&](const Target& target) {
        return target.kind == Target::Kind::kText && target.label.find(words) != std::string::npos;
      });
    };
    CHECK(says("Crisp, varied"));
    CHECK(says("leaves out what it finds hard"));
    CHECK(says("model 1, realism 50 %"));
    CHECK(says("model 2, realism 50 %"));
    CHECK(says("Realism: how sure"));
    CHECK_FALSE(says("Cannot read pictures."));
    stage->keep(stage.state().sample, true);
    stage->set_own_picture({});
    stage.settle();
    CHECK(says("Cannot read pictures."));
  }
}

TEST_CASE(
    "compare: what a model read is forgotten when it comes back with another latent size, and never taken in one") {
  std::vector models = {trained(1, "avae"), trained(2, "vae")};
  Stage stage(1440.0f, 900.0f, true, models);
  const Keyframe mine = {Latent(8, 5), one_class(3, 1)};
  stage->keep(mine, true);
  stage->set_own_picture({{models[1].id, {Latent(9, 9), one_class(3, 1)}}, {model(7).id, mine}});
  REQUIRE(stage->session().own_picture);
  CHECK(stage->session().own_picture->keyframes.size() == 1);  // of the model on show alone
  stage->set_own_picture({{models[1].id, {Latent(8, 9), one_class(3, 1)}}});
  CHECK(stage->session().own_picture->of(models[1].id) != nullptr);
  ModelInfo larger = models[1];
  larger.spec.latent = 16;
  stage->replace_model(models[1].id, larger);
  REQUIRE(stage->set_model(models[1].id));
  stage.settle();
  CHECK(stage.state().sample.latent.size() == 16);
}

TEST_CASE("compare: the visitor's own picture is shown as each model reads it, until the sample is another") {
  const std::vector models = {trained(1, "avae"), trained(2, "vae"), trained(3, "gan")};
  Stage stage(1440.0f, 900.0f, true, models);
  const Keyframe mine = {Latent(8, 5), one_class(3, 1)};
  const Keyframe theirs = {Latent(8, 9), one_class(3, 1)};
  stage->keep(mine, true);
  stage->set_own_picture({{models[1].id, theirs}});
  (void)stage->command("view-compare");
  stage.frame();
  for (const DecodeRequest& request : stage.service.requests) {
    if (request.priority != Priority::kSample) continue;
    CHECK(request.model != models[2].id);  // it cannot read pictures
    CHECK(request.latents == (request.model == models[1].id ? theirs.latent : mine.latent));
  }
  stage.settle();
  CHECK_FALSE(stage.has(button_of(models[2])));
  // Another model chosen shows the same picture, in its own latents; one that cannot read it keeps the latents.
  stage.click(button_of(models[1]));
  stage.settle();
  CHECK(stage.state().model == models[1].id);
  CHECK(stage.state().sample == theirs);
  CHECK_FALSE(stage.has(button_of(models[2])));
  (void)stage->set_model(models[0].id);
  CHECK(stage.state().sample == mine);
  (void)stage->set_model(models[2].id);
  CHECK(stage.state().sample == mine);
  (void)stage->set_model(models[0].id);
  (void)stage->command("undo");
  (void)stage->command("undo");
  (void)stage->command("undo");
  CHECK(stage.state().model == models[1].id);
  CHECK(stage.state().sample == theirs);
  (void)stage->command("random");
  stage.settle();
  CHECK(stage.has(button_of(models[2])));
}

TEST_CASE("realism: an avae judges itself and the others, a model without one is judged by its own") {
  std::vector<ModelInfo> models = {trained(1, "vae"), trained(2, "gan", true), trained(3, "avae", true)};
  CHECK(Realism::judge_of(models[0], models) == &models[2]);
  CHECK(Realism::judge_of(models[1], models) == &models[2]);
  CHECK(Realism::judge_of(models[2], models) == &models[2]);
  models[2].spec.width = 16;  // other pictures
  CHECK(Realism::judge_of(models[0], models) == nullptr);
  CHECK(Realism::judge_of(models[1], models) == &models[1]);
}

TEST_CASE("realism: a picture is judged once, when it is there, and the host hears of it") {
  Stage stage(1440.0f, 900.0f, true, {trained(1, "avae", true)});
  stage.frame();
  CHECK(stage.service.judgements.empty());  // nothing decoded yet
  CHECK_FALSE(stage->realism());
  for (const DecodeRequest& request : std::exchange(stage.service.requests, {}))
    stage->decoded(request.ticket, test::pixels_for(request));
  stage.frame();
  stage.frame();
  REQUIRE(stage.service.judgements.size() == 1);
  CHECK(stage.service.judgements[0].pixels.size() == 64);
  CHECK(stage.service.judgements[0].mixes == stage.state().sample.mix);
  const int before = stage.host.changes;
  stage->judged(std::exchange(stage.service.judgements, {})[0].ticket, std::vector{2.0f});
  REQUIRE(stage->realism());  // before anything is drawn: the host asks when it hears
  CHECK(*stage->realism() == Approx(1 / (1 + std::exp(-2.0f))));
  CHECK(stage.host.changes == before + 1);
  stage.frame();
  CHECK(stage.service.judgements.empty());
}

TEST_CASE("realism: a judge that fails is not asked again, and nobody is told") {
  Stage stage(1440.0f, 900.0f, true, {trained(1, "avae", true)});
  stage.frame();
  for (const DecodeRequest& request : std::exchange(stage.service.requests, {}))
    stage->decoded(request.ticket, test::pixels_for(request));
  stage.frame();
  REQUIRE(stage.service.judgements.size() == 1);
  stage->failed(std::exchange(stage.service.judgements, {})[0].ticket, "no network");
  CHECK(stage.host.message.empty());
  (void)stage->command("random");
  stage.settle();
  CHECK_FALSE(stage->realism());
  CHECK(stage.service.judgements.empty());
}

}  // namespace avae
