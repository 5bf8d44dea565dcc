#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "shared/playground/drawn_share_panel.hpp"
#include "shared/playground/morph.hpp"
#include "shared/playground/strings.hpp"
#include "tests/unit/playground/fakes.hpp"

namespace avae {
namespace {

using test::model;
using test::Stage;

const std::vector<Keyframe> kThree = {
    {Latent(8, 10), one_class(3, 0)}, {Latent(8, -60), one_class(3, 1)}, {Latent(8, 90), one_class(3, 2)}};

/// A stage with the share panel up.
struct Sharing {
  Stage stage;
  explicit Sharing(const std::vector<Keyframe>& morph = {}, bool loop = true, float width = 1440.0f,
                   float height = 900.0f)
      : stage(width, height) {
    if (!morph.empty()) {
      stage->edit([&](Editor& editor) {
        editor.set_morph(morph);
        editor.set_loop(loop);
      });
    }
    stage.settle();
    stage.click("share");
    stage.settle();
  }
  /// As the target's press; nothing is answered yet.
  void press(const std::string& name) {
    stage->press(name);
    stage.frame();
  }
  bool says(const std::string& text) {
    const auto targets = stage->targets();
    return std::any_of(targets.begin(), targets.end(), [&](const Target& one) {
      return one.kind == Target::Kind::kText && one.label.find(text) != std::string::npos;
    });
  }
};

TEST_CASE("share: the button brings the panel up, and escape, the cross and a press beside it put it away") {
  Sharing sharing;
  Stage& stage = sharing.stage;
  CHECK(stage.has("save-picture"));
  stage.key(ImGuiKey_Escape);
  stage.settle();
  CHECK_FALSE(stage.has("save-picture"));
  stage.click("share");
  stage.settle();
  stage.click("share-close");
  stage.settle();
  CHECK_FALSE(stage.has("save-picture"));
  stage.click("share");
  stage.settle();
  stage.point(5.0f, 5.0f);
  stage.press(true);
  stage.press(false);
  stage.settle();
  CHECK_FALSE(stage.has("save-picture"));
}

TEST_CASE("share: what lies below the panel cannot be pressed, nor run by a key") {
  Sharing sharing;
  Stage& stage = sharing.stage;
  CHECK_FALSE(stage.has("random"));
  const Keyframe before = stage.state().sample;
  stage.key(ImGuiKey_R);
  CHECK(stage.state().sample == before);
  const Rect panel = stage.target("copy-link").shown;
  stage.point(panel.x - 40.0f, panel.y + 5.0f);  // a tile lies there
  stage.settle();
  CHECK_FALSE(stage->session().preview);
  stage.key(ImGuiKey_Escape);
  stage.key(ImGuiKey_R);
  CHECK_FALSE(stage.state().sample == before);
}

TEST_CASE("share: a slider that had the arrow keys does not have them below the panel") {
  Stage stage(1440.0f, 1600.0f);
  stage.settle();
  stage.click("latent-1");
  REQUIRE(stage->session().focused_slider >= 0);
  stage.click("share");
  stage.settle();
  const Keyframe before = stage.state().sample;
  for (const ImGuiKey key : {ImGuiKey_RightArrow, ImGuiKey_LeftArrow, ImGuiKey_Home}) {
    stage.key(key);
    CHECK(stage.state().sample == before);
  }
}

TEST_CASE("share: the link is that of what was on show when the panel came up") {
  Sharing sharing;
  Stage& stage = sharing.stage;
  const std::string link = stage->link();
  REQUIRE(stage->command("random"));  // such as a morph that plays on
  stage.settle();
  stage.click("copy-link");
  stage.settle();
  CHECK(stage.host.copied == "#" + link);
  CHECK(sharing.says("Link copied"));
}

TEST_CASE("share: copies what is on show in words, a blend with its shares, and how real it is where that is known") {
  for (const bool blend : {false, true}) {
    ModelInfo info = model(1);
    info.spec.class_names = {"shoe", "b\"a<g>", "hat"};
    if (blend) info.realism = RealismScale{1.0f, 0.0f};
    Stage stage(1440.0f, 900.0f, true, {info});
    if (blend) stage->edit([](Editor& editor) { editor.keep({Latent(8, 5), {85, 0, 170}}); });
    stage.settle();
    stage.click("share");
    stage.settle();
    stage.click("copy-text");
    CHECK(stage.host.copied.starts_with(blend ? "67 % hat, 33 % shoe, model 1, " : "shoe, model 1"));
    CHECK(stage.host.copied.ends_with(" % real") == blend);
  }
}

TEST_CASE("share: where links open on a page, the HTML that shows one is copied too") {
  {
    Sharing sharing;
    CHECK_FALSE(sharing.stage.has("copy-html"));
  }
  ModelInfo info = model(1);
  info.spec.class_names = {"b\"a<g>&", "hat", "shoe"};
  Stage stage(1440.0f, 900.0f, true, {info});
  stage.host.site = "https://example.org/a/";
  stage.settle();
  stage.click("share");
  stage.settle();
  stage.click("copy-link");
  CHECK(stage.host.copied == "https://example.org/a/#" + stage->link());
  stage.click("copy-html");
  CHECK(stage.host.copied == "<iframe src=\"https://example.org/a/?embed=1&amp;paused=1#" + stage->link() +
                                 "\" title=\"b&quot;a&lt;g>&amp;, model 1\" width=\"480\" height=\"640\" "
                                 "loading=\"lazy\" style=\"border:0\"></iframe>");
}

TEST_CASE("share: where links open on a page, there is a QR code, or it is said that the link is too long for one") {
  const auto texts = [](Stage& stage) {
    std::string all;
    for (const Target& target : stage->targets())
      if (target.kind == Target::Kind::kText) all += target.label + "|";
    return all;
  };
  for (const float width : {360.0f, 1440.0f}) {
    {
      Sharing bare({}, true, width, 900.0f);
      CHECK(texts(bare.stage).find("QR code") == std::string::npos);
    }
    Stage stage(width, 900.0f);
    stage.host.site = "https://example.org/clothes/";
    stage->press("share");
    stage.settle();
    CHECK(texts(stage).find("The link as a QR code") != std::string::npos);
    for (const Target& target : stage->targets()) {
      if (target.label != "The link as a QR code") continue;
      CHECK(target.shown.w == target.rect.w);
      CHECK(target.rect.w >= 150.0f);
    }
    stage->press("share-close");
    stage.settle();
    stage.desk.code_side = 97;  // 210 units: on a narrow window below the picture
    stage->press("share");
    stage.settle();
    bool seen = false;
    for (const Target& target : stage->targets()) {
      if (target.label != "The link as a QR code") continue;
      seen = true;
      CHECK(target.rect.w == 210.0f);
      CHECK(target.rect.right() <= width - 16.0f);
    }
    CHECK(seen);
    stage->press("share-close");
    stage.settle();
    stage.desk.longest_code = 10;
    stage->press("share");
    stage.settle();
    CHECK(texts(stage).find("The link is too long for a QR code.") != std::string::npos);
  }
}

TEST_CASE("share: saves the picture with its link, and says where") {
  Sharing sharing;
  Stage& stage = sharing.stage;
  sharing.press("save-picture");
  CHECK(stage->pending() == 1);
  CHECK(stage.desk.saves.empty());
  const DecodeRequest asked = stage.service.take(Priority::kGallery);
  CHECK(asked.count == 1);
  CHECK(asked.latents == stage.state().sample.latent);
  CHECK(asked.mixes == stage.state().sample.mix);
  stage->decoded(asked.ticket, test::pixels_for(asked));
  REQUIRE(stage.desk.saves.size() == 1);
  const SaveRequest& saved = stage.desk.saves[0];
  CHECK(saved.kind == SaveRequest::Kind::kPicture);
  CHECK(saved.name == model(1).spec.name);
  CHECK(saved.link == stage->link());
  CHECK(saved.count == 1);
  CHECK(saved.height == 8);
  CHECK(saved.width == 8);
  CHECK(saved.channels == 1);
  CHECK(saved.pixels == test::pixels_for(asked));
  stage.settle();
  CHECK_FALSE(stage.target("save-picture").enabled);  // one file at a time
  CHECK(sharing.says("Saving"));
  stage->saved(saved.ticket + 1000, "/of/another.png");
  CHECK(stage->pending() == 1);
  stage->saved(saved.ticket, "/home/someone/Pictures/model.png");
  stage.settle();
  CHECK(stage->pending() == 0);
  CHECK(sharing.says("Saved as /home/someone/Pictures/model.png."));
  CHECK(stage.target("save-picture").enabled);
  CHECK(stage.host.message.empty());
}

TEST_CASE("share: a morph that plays once is saved from the first picture to the last") {
  Sharing sharing(kThree, false);
  Stage& stage = sharing.stage;
  sharing.press("save-morph");
  std::vector<std::int8_t> latents;
  for (const DecodeRequest& request : stage.service.requests) {
    CHECK(request.count <= 8);
    latents.insert(latents.end(), request.latents.begin(), request.latents.end());
  }
  REQUIRE(latents.size() == 32 * 8);
  CHECK(std::equal(latents.begin(), latents.begin() + 8, kThree.front().latent.begin()));
  CHECK(std::equal(latents.end() - 8, latents.end(), kThree.back().latent.begin()));
  // Answers come in any order.
  std::reverse(stage.service.requests.begin(), stage.service.requests.end());
  stage.answer_all();
  REQUIRE(stage.desk.saves.size() == 1);
  const SaveRequest& saved = stage.desk.saves[0];
  CHECK(saved.kind == SaveRequest::Kind::kMorph);
  CHECK(saved.count == 32);
  CHECK(saved.frame_ms == 63);  // two seconds in all
  CHECK_FALSE(saved.repeats);
  REQUIRE(saved.pixels.size() == 32 * 64);
  for (std::size_t i = 0; i < 32; ++i) CHECK(saved.pixels[i * 64] == static_cast<std::uint8_t>(128 + latents[i * 8]));
}

TEST_CASE("share: a loop goes as far as where it begins again, and a sheet has the same pictures") {
  Sharing sharing(kThree);
  Stage& stage = sharing.stage;
  sharing.press("save-sheet");
  stage.answer_all();
  REQUIRE(stage.desk.saves.size() == 1);
  const SaveRequest& saved = stage.desk.saves[0];
  CHECK(saved.kind == SaveRequest::Kind::kSheet);
  CHECK(saved.count == 48);
  CHECK(saved.repeats);
  CHECK(saved.pixels.front() == 138);
  CHECK(saved.pixels.back() != 138);
}

TEST_CASE("share: as many frames as a morph has room for, and 20 ms each or more") {
  AppState state;
  state.morph = {kThree[0], kThree[1]};
  state.morph_speed = 100;
  CHECK(morph_frames(state, 0).frames.size() == 10);
  CHECK(morph_frames(state, 0).frame_ms == 20);
  state.morph.assign(16, kThree[0]);
  state.morph_speed = 1;
  CHECK(morph_frames(state, 0).frames.size() == 160);
  CHECK(morph_frames(state, 0).frame_ms == 1000);
}

TEST_CASE("share: without a morph there is none to save") {
  for (const bool has : {false, true}) {
    Sharing sharing(has ? kThree : std::vector<Keyframe>());
    CHECK(sharing.stage.has("save-morph") == has);
    CHECK(sharing.stage.has("save-sheet") == has);
  }
}

TEST_CASE("share: a picture that cannot be decoded ends the file, and the next one can be made") {
  Sharing sharing(kThree);
  Stage& stage = sharing.stage;
  sharing.press("save-morph");
  const std::vector<DecodeRequest> asked = stage.service.requests;
  REQUIRE(asked.size() == 6);
  stage->decoded(asked[0].ticket, test::pixels_for(asked[0]));
  stage->failed(asked[1].ticket, "out of memory");
  CHECK(stage.service.cancelled.size() == 5);  // and those that had not come
  stage->decoded(asked[2].ticket, test::pixels_for(asked[2]));
  CHECK(stage.desk.saves.empty());
  stage.service.requests.clear();
  stage.settle();
  CHECK(sharing.says("out of memory"));
  sharing.press("save-picture");
  const DecodeRequest next = stage.service.take(Priority::kGallery);
  stage->decoded(next.ticket, std::vector<std::uint8_t>(7));
  stage.settle();
  CHECK(sharing.says("another size"));
  CHECK(stage.desk.saves.empty());
  CHECK(stage->pending() == 0);
}

TEST_CASE("share: what becomes of a file is told as a message once the panel is away") {
  Sharing sharing;
  Stage& stage = sharing.stage;
  sharing.press("save-picture");
  stage.answer_all();
  stage.key(ImGuiKey_Escape);
  REQUIRE(stage.desk.saves.size() == 1);
  stage->failed(stage.desk.saves[0].ticket, "cannot write /home/someone/Pictures/model.png, the disk is full");
  CHECK(stage.host.message == "cannot write /home/someone/Pictures/model.png, the disk is full");
  CHECK(stage->pending() == 0);
}

TEST_CASE("share: the clipboard is opened by a key anywhere, and by a button of the panel") {
  Stage stage;
  stage.settle();
  stage.key(ImGuiKey_V, true);
  CHECK(stage.desk.pastes == 1);
  stage.key(ImGuiKey_V);
  CHECK(stage.desk.pastes == 1);
  stage.click("share");
  stage.settle();
  stage.click("paste");
  CHECK(stage.desk.pastes == 2);
  // What is opened then is what one sees.
  REQUIRE(stage->open(stage->link()));
  stage.settle();
  CHECK_FALSE(stage.has("paste"));
}

TEST_CASE("share: a page, which has a panel of its own, leaves the clipboard alone") {
  Stage page(1440.0f, 900.0f, false);
  page.settle();
  page.key(ImGuiKey_V, true);
  page.key(ImGuiKey_C, true);
  CHECK(page.desk.pastes == 0);
  CHECK(page.host.copied.empty());
}

TEST_CASE("share: folders in other scripts are read as they are called") {
  Sharing sharing;
  Stage& stage = sharing.stage;
  stage.desk.where = "/home/someone/图片/2026";
  stage->set_scale(1.0f);
  CHECK(drawn("图片") != "图片");
  const auto told = [&](const std::string& message) {
    sharing.press("save-picture");
    stage.answer_all();
    stage->failed(stage.desk.saves.back().ticket, message);
    stage.settle();
    return stage.sharing.status();
  };
  CHECK(told("cannot write /home/someone/图片/2026/a.png") ==
        "cannot write /home/someone/" + drawn("图片") + "/2026/a.png");
  CHECK(told("the disk is full") == "the disk is full");
  stage.desk.where = "/home/someone/图片/";
  CHECK(told("cannot write /home/someone/图片/a.png") == "cannot write /home/someone/" + drawn("图片") + "/a.png");
  set_name_glyphs({});
}

TEST_CASE("share: the panel and all that is in it lie on the screen at every size, or can be scrolled to") {
  for (const auto& [width, height] :
       {std::pair{320.0f, 480.0f}, {360.0f, 780.0f}, {820.0f, 700.0f}, {1440.0f, 900.0f}}) {
    Sharing sharing(kThree, true, width, height);
    Stage& stage = sharing.stage;
    for (const char* name : {"share-close", "copy-link", "save-picture", "save-morph", "save-sheet", "paste"}) {
      INFO(name << " at " << width);
      stage->reveal(name);
      stage.settle();
      const Rect at = stage.target(name).rect;
      CHECK(at.x >= 0.0f);
      CHECK(at.right() <= width);
      CHECK(at.y >= 0.0f);
      CHECK(at.bottom() <= height);
      CHECK(at.h >= stage->layout().target);
    }
  }
}

TEST_CASE("share: in a low window the panel scrolls to what became of a file") {
  Sharing sharing(kThree, true, 320.0f, 480.0f);
  Stage& stage = sharing.stage;
  const auto status_in_sight = [&] {
    const auto targets = stage->targets();
    const auto text = std::find_if(targets.rbegin(), targets.rend(),
                                   [](const Target& one) { return one.kind == Target::Kind::kText; });
    REQUIRE(text != targets.rend());
    return text->shown.h >= text->rect.h - 0.5f;
  };
  CHECK_FALSE(status_in_sight());
  sharing.press("save-picture");
  stage.answer_all();
  stage->saved(stage.desk.saves.at(0).ticket, "/a.png");
  stage.settle();
  CHECK(sharing.says("Saved as /a.png."));
  CHECK(status_in_sight());
}

TEST_CASE("share: the panel stays where it is when a file is saved") {
  Sharing sharing;
  Stage& stage = sharing.stage;
  const Rect before = stage.target("share-close").rect;
  sharing.press("save-picture");
  stage.answer_all();
  stage->saved(stage.desk.saves.at(0).ticket, "/a.png");
  stage.settle();
  CHECK(stage.target("share-close").rect == before);
}

}  // namespace
}  // namespace avae
