#include "shared/playground/editor.hpp"

#include <cmath>
#include <cstdlib>

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

using test::model;

TEST_CASE("editor: starts with the same picture for everyone") {
  const Editor a({model()});
  const Editor b({model()});
  CHECK(a.state() == b.state());
  CHECK(a.state().sample.mix == ClassMix{255, 0, 0});
  CHECK(a.link() == b.link());
}

TEST_CASE("editor: a link restores sample, view and morph in another editor") {
  Editor a({model(1), model(2)});
  REQUIRE(a.set_model(model(2).id));
  a.random(7);
  a.set_class(2);
  a.set_latent(3, -127);
  a.add_keyframe();
  a.random(8);
  a.add_keyframe();
  a.set_view(View::kMorph);
  a.set_speed(25);
  a.set_loop(false);
  a.set_position(20000);

  Editor b({model(1), model(2)});
  REQUIRE(b.open(a.link()));
  CHECK(to_link(b.state()) == to_link(a.state()));
  CHECK(b.link() == a.link());
  CHECK(b.model().id == model(2).id);
}

TEST_CASE("editor: a lone keyframe stays out of the link") {
  Editor editor({model()});
  editor.add_keyframe();
  CHECK(to_link(editor.state()).morph.empty());
  Editor other({model()});
  CHECK(other.open(editor.link()));
}

TEST_CASE("editor: a bad link gives a message and the defaults") {
  Editor editor({model()});
  const AppState defaults = editor.state();
  editor.random(5);
  std::string bad;
  SECTION("empty") {}
  SECTION("not base64url") { bad = "!!"; }
  SECTION("damaged") {
    bad = editor.link();
    bad[bad.size() / 2] = bad[bad.size() / 2] == 'A' ? 'B' : 'A';
  }
  SECTION("of another model") { bad = Editor({model(9)}).link(); }
  SECTION("of another latent size") { bad = Editor({model(1, 4)}).link(); }
  const Result<void> opened = editor.open(bad);
  REQUIRE_FALSE(opened);
  CHECK_FALSE(opened.error().message.empty());
  CHECK(editor.state() == defaults);
}

TEST_CASE("editor: undo and redo walk through commits, and views are not edits") {
  Editor editor({model()});
  const Keyframe start = editor.state().sample;
  editor.random(11);
  CHECK(editor.commit());
  const Keyframe first = editor.state().sample;
  editor.set_view(View::kMorph);
  CHECK_FALSE(editor.commit());
  editor.set_latent(0, 99);
  editor.set_latent(0, 100);
  CHECK(editor.commit());
  CHECK_FALSE(editor.commit());

  editor.undo();
  CHECK(editor.state().sample == first);
  CHECK(editor.state().view == View::kMorph);
  editor.undo();
  CHECK(editor.state().sample == start);
  CHECK_FALSE(editor.history().can_undo());
  editor.redo();
  editor.redo();
  CHECK(editor.state().sample.latent[0] == 100);
  CHECK_FALSE(editor.history().can_redo());
}

TEST_CASE("editor: a new edit forgets what could be redone") {
  Editor editor({model()});
  editor.random(11);
  editor.commit();
  editor.undo();
  editor.set_class(1);
  editor.commit();
  CHECK_FALSE(editor.history().can_redo());
}

TEST_CASE("editor: undo returns to an earlier model") {
  Editor editor({model(1), model(2, 4, 0)});
  REQUIRE(editor.set_model(model(2).id));
  editor.commit();
  CHECK(editor.state().sample.latent.size() == 4);
  editor.undo();
  CHECK(editor.model().id == model(1).id);
  CHECK(editor.state().sample.latent.size() == 8);
}

TEST_CASE("editor: revert returns to the picture as it was drawn") {
  Editor editor({model()});
  editor.random(3);
  const Keyframe drawn = editor.state().sample;
  CHECK_FALSE(editor.can_revert());
  editor.set_latent(0, drawn.latent[0] == 5 ? 6 : 5);
  editor.set_class(2);
  CHECK(editor.can_revert());
  editor.revert();
  CHECK(editor.state().sample == drawn);
}

TEST_CASE("editor: latents are clamped to what a link holds") {
  Editor editor({model()});
  editor.set_latent(0, 1000);
  editor.set_latent(1, -1000);
  CHECK(editor.state().sample.latent[0] == 127);
  CHECK(editor.state().sample.latent[1] == -127);
}

TEST_CASE("editor: a blend keeps one class at least") {
  Editor editor({model()});
  editor.toggle_class(0);
  CHECK(editor.state().sample.mix == ClassMix{255, 0, 0});
  editor.toggle_class(2);
  CHECK(editor.state().sample.mix == ClassMix{255, 0, 255});
  editor.set_class_weight(0, 60);
  CHECK(editor.state().sample.mix == ClassMix{60, 0, 255});
  editor.set_class_weight(0, 0);  // taken out by its name, not by its weight
  CHECK(editor.state().sample.mix == ClassMix{1, 0, 255});
  editor.toggle_class(1);
  CHECK(editor.state().sample.mix == ClassMix{1, 255, 255});
  editor.toggle_class(1);
  editor.toggle_class(2);
  CHECK(editor.state().sample.mix == ClassMix{255, 0, 0});
  editor.toggle_class(2);
  editor.toggle_class(0);
  CHECK(editor.state().sample.mix == ClassMix{0, 0, 255});
}

TEST_CASE("editor: a model that learned keeps every latent, undo included") {
  Editor editor({model(1)});
  editor.random(4);
  editor.commit();
  editor.random(5);
  editor.commit();
  const Keyframe sample = editor.state().sample;
  editor.replace_model(model(1).id, model(7));
  CHECK(editor.state().model == model(7).id);
  CHECK(editor.state().sample == sample);
  editor.undo();
  CHECK(editor.state().model == model(7).id);
}

TEST_CASE("editor: a model that came back with another latent size starts over") {
  Editor editor({model(1)});
  editor.random(4);
  editor.commit();
  editor.replace_model(model(1).id, model(1, 16));
  CHECK(editor.state().sample.latent.size() == 16);
  CHECK_FALSE(editor.history().can_undo());
}

TEST_CASE("editor: models of equal latents and classes swap under the same sample") {
  Editor editor({model(1), model(2)});
  editor.random(4);
  const Keyframe sample = editor.state().sample;
  REQUIRE(editor.set_model(model(2).id));
  CHECK(editor.state().sample == sample);
  CHECK_FALSE(editor.set_model(model(9).id));
}

TEST_CASE("editor: keyframes are added up to sixteen, chosen and removed") {
  Editor editor({model()});
  for (int i = 0; i < 20; ++i) {
    editor.random(static_cast<std::uint64_t>(i));
    editor.add_keyframe();
  }
  REQUIRE(editor.state().morph.size() == kMaxKeyframes);
  const Keyframe third = editor.state().morph[2];
  editor.select_keyframe(2);
  CHECK(editor.state().sample == third);
  editor.remove_keyframe(2);
  CHECK(editor.state().morph.size() == kMaxKeyframes - 1);
  while (!editor.state().morph.empty()) editor.remove_keyframe(0);
  editor.set_position(100);
  CHECK(editor.state().morph_position == 0);
}

TEST_CASE("editor: neighbours differ from the sample and stay typical of the prior") {
  Editor editor({model(1, 64, 0)});
  const Keyframe near = neighbour(editor.state().sample, 12, 32);
  CHECK(near == neighbour(editor.state().sample, 12, 32));
  CHECK_FALSE(near == editor.state().sample);
  double before = 0.0;
  double after = 0.0;
  for (std::size_t i = 0; i < 64; ++i) {
    before += editor.state().sample.latent[i] * editor.state().sample.latent[i];
    after += near.latent[i] * near.latent[i];
  }
  CHECK(after > 0.5 * before);
  CHECK(after < 1.8 * before);
}

TEST_CASE("editor: noise of 1 % barely moves a picture, noise of 100 % draws another") {
  Editor editor({model(1, 64, 0)});
  const Keyframe& sample = editor.state().sample;
  const auto likeness = [&](int noise_percent) {
    const Keyframe near = neighbour(sample, 12, noise_percent);
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (std::size_t i = 0; i < 64; ++i) {
      ab += near.latent[i] * sample.latent[i];
      aa += near.latent[i] * near.latent[i];
      bb += sample.latent[i] * sample.latent[i];
    }
    return ab / std::sqrt(aa * bb);
  };
  CHECK(likeness(1) > 0.99);
  CHECK(likeness(32) > 0.7);
  CHECK(std::abs(likeness(100)) < 0.4);
  editor.set_noise(0);
  CHECK(editor.state().noise_percent == 1);
}

TEST_CASE("editor: draws set switches, neighbours keep them") {
  ModelInfo info = model(1, 16, 0);
  info.spec.prior = Prior::kClassGaussian;
  info.spec.switches = 2;
  Editor editor({info});
  const auto switches = [](const Keyframe& sample) {
    return std::pair{std::abs(sample.latent[14]), std::abs(sample.latent[15])};
  };
  CHECK(switches(editor.state().sample) == std::pair{kSwitchSteps, kSwitchSteps});
  editor.set_truncation(0);
  editor.random(3);
  CHECK(editor.state().sample.latent[13] == 0);
  CHECK(switches(editor.state().sample) == std::pair{kSwitchSteps, kSwitchSteps});
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Keyframe near = neighbour(editor.state().sample, seed, 32, 2);
    CHECK(near.latent[14] == editor.state().sample.latent[14]);
    CHECK(near.latent[15] == editor.state().sample.latent[15]);
  }
}

TEST_CASE("editor: random draws keep what is locked, and another model has no locks") {
  Editor editor({model(), model(2)});
  const auto z = static_cast<std::size_t>(editor.spec().latent);
  REQUIRE(z >= 3);
  std::vector<float> first(z, 0.0f), slanted(z, 0.0f);
  first[0] = 1.0f;
  slanted[0] = 0.98f, slanted[1] = 0.199f;
  editor.set_latent(0, 40);
  editor.set_latent(1, -30);
  editor.set_lock("latent-0", first, 40);
  editor.set_lock("direction-0", slanted, 33);
  const Keyframe before = editor.state().sample;
  for (std::uint64_t seed = 100; seed < 120; ++seed) {
    editor.random(seed);
    CHECK(std::abs(steps_along(first, editor.state().sample.latent) - 40) <= 1);
    CHECK(std::abs(steps_along(slanted, editor.state().sample.latent) - 33) <= 1);
    CHECK(editor.state().sample.latent != before.latent);
  }
  editor.unlock("direction-0");
  CHECK(editor.locked("latent-0"));
  CHECK_FALSE(editor.locked("direction-0"));
  REQUIRE(editor.set_model(model(2).id));
  CHECK_FALSE(editor.locked("latent-0"));
}

}  // namespace
}  // namespace avae
