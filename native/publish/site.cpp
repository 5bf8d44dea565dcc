#include "native/publish/site.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "native/data/files.hpp"
#include "native/data/model_folder.hpp"
#include "native/data/png_grid.hpp"
#include "native/publish/card.hpp"
#include "native/publish/gallery.hpp"
#include "native/publish/gzip.hpp"
#include "native/publish/head.hpp"
#include "native/publish/opening.hpp"
#include "native/publish/site_template.hpp"
#include "shared/model/hash.hpp"

namespace avae {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

constexpr const char* kStaging = ".publishing";

struct NewFile {
  std::string path;
  Bytes bytes;
};

struct NewModel {
  SiteModel entry;
  ModelId id{};
  RoleWeights decoder;
  std::optional<Atlas> atlas;
  std::vector<NewFile> files;
};

Bytes as_bytes(std::string_view text) { return {text.begin(), text.end()}; }

/// The entry of `file`, and the compressed one beside it in `files` if the page can unpack such a file and it is
/// smaller.
SiteFile packed_entry(const NewFile& file, std::vector<NewFile>& files) {
  SiteFile entry = site_file(file.path, file.bytes);
  const std::string end = fs::path(file.path).extension().string();
  if (end != ".wasm" && end != ".safetensors") return entry;
  Bytes packed = gzip_if_smaller(file.bytes);
  if (packed.empty()) return entry;
  entry.gzip_bytes = static_cast<std::int64_t>(packed.size());
  files.push_back({file.path + std::string(kGzipEnding), std::move(packed)});
  return entry;
}

Result<NewModel> read_new_model(const std::string& folder, bool current, const PublishOptions& options) {
  const auto found = find_model(folder);
  if (!found) return tl::unexpected(found.error());
  auto decoder = read_role(found->decoder, Role::kDecoder);
  if (!decoder) return tl::unexpected(decoder.error());
  NewModel model;
  model.decoder = std::move(decoder->weights);
  model.entry.current = current;
  SiteModel& entry = model.entry;
  model.id = model_id(decoder->bytes);
  entry.id = hex(model.id);
  entry.spec = model.decoder.spec;
  entry.name = entry.spec.name;
  entry.title = title_of(entry.name);
  const auto add = [&](Role role, Bytes bytes) {
    NewFile file{"models/" + entry.id + "." + std::string(role_name(role)) + ".safetensors", std::move(bytes)};
    const SiteFile site = packed_entry(file, model.files);
    model.files.push_back(std::move(file));
    return site;
  };
  entry.decoder = add(Role::kDecoder, std::move(decoder->bytes));
  if (!current) return model;
  for (const Role role : {Role::kEncoder, Role::kDiscriminator}) {
    const auto& path = role == Role::kEncoder ? found->encoder : found->discriminator;
    if (!path) continue;
    auto file = read_role(*path, role);
    if (!file) return tl::unexpected(file.error());
    if (const auto same = check_same_model(model.decoder, file->weights); !same) return tl::unexpected(same.error());
    (role == Role::kEncoder ? entry.encoder : entry.discriminator) = add(role, std::move(file->bytes));
  }
  std::optional<Atlas> atlas = kept_atlas(*found, entry.spec, entry.id);
  if (!atlas && options.atlas.points > 0) {
    auto made = make_atlas(*found, options.data, options.atlas);
    if (!made) return tl::unexpected(made.error());
    atlas = std::move(*made);
  }
  if (atlas) {
    entry.realism = atlas->realism;
    NewFile file{"models/" + entry.id + "." + kAtlasFile, write_atlas(*atlas)};
    entry.atlas = packed_entry(file, model.files);
    model.files.push_back(std::move(file));
  }
  model.atlas = std::move(atlas);
  return model;
}

Result<std::vector<NewModel>> read_new_models(const PublishOptions& options) {
  std::vector<NewModel> models;
  std::set<std::string> ids;
  for (const auto* folders : {&options.models, &options.earlier}) {
    for (const std::string& folder : *folders) {
      auto model = read_new_model(folder, folders == &options.models, options);
      if (!model) return tl::unexpected(model.error());
      if (!ids.insert(model->entry.id).second)
        return fail("the model " + folder + " is given twice", "give each model once");
      models.push_back(std::move(*model));
    }
  }
  return models;
}

/// What the site keeps already is kept whole, though it was named as earlier too.
void leave_to_old(std::vector<NewModel>& models, const fs::path& site) {
  const auto old = read_manifest(site.string());
  if (!old) return;
  std::erase_if(models, [&](const NewModel& model) {
    return !model.entry.current && std::any_of(old->models.begin(), old->models.end(),
                                               [&](const SiteModel& kept) { return kept.id == model.entry.id; });
  });
}

/// Sets the openings of the current models.
Result<void> add_openings(std::vector<NewModel>& models, int index) {
  std::vector<OpeningModel> current;
  for (const NewModel& model : models) {
    if (!model.entry.current) continue;
    current.push_back({&model.decoder, model.atlas ? &*model.atlas : nullptr, model.id});
  }
  const auto links = openings(current, index);
  if (!links) return tl::unexpected(links.error());
  for (std::size_t i = 0; i < links->size(); ++i) models[i].entry.opening = (*links)[i];
  return {};
}

/// A file that an old link needs must be what the manifest says.
Result<void> check_kept(const fs::path& site, SiteFile& file) {
  const auto bytes = read_file(site / file.path);
  const char* hint = "restore it, or publish into a new folder";
  if (!bytes) return fail("a model published earlier is gone, " + bytes.error().message, hint);
  if (const SiteFile there = site_file(file.path, *bytes); there.sha256 != file.sha256 || there.bytes != file.bytes)
    return fail("a model published earlier has changed, " + (site / file.path).string(), hint);
  std::error_code error;
  const auto packed = fs::file_size(site / (file.path + std::string(kGzipEnding)), error);
  if (error || static_cast<std::int64_t>(packed) != file.gzip_bytes) file.gzip_bytes = 0;
  return {};
}

/// The manifest of the site as it is; empty when there is no site yet.
Result<Manifest> read_old(const fs::path& site, const std::set<std::string>& new_ids) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(site / "manifest.json", error);
  if (!fs::exists(status)) {
    if (fs::exists(site / "index.html", error)) {
      return fail(site.string() + " has an index.html that avae did not publish", "choose another folder");
    }
    return Manifest{};
  }
  auto manifest = read_manifest(site.string());
  if (!manifest) return manifest;
  std::erase_if(manifest->models, [&](const SiteModel& model) { return new_ids.contains(model.id); });
  for (SiteModel& model : manifest->models) {
    model.current = false;
    model.opening.clear();
    std::vector<SiteFile*> files = {&model.decoder};
    for (auto* file : {&model.encoder, &model.discriminator, &model.atlas}) {
      if (*file) files.push_back(&**file);
    }
    for (SiteFile* file : files) {
      if (const auto checked = check_kept(site, *file); !checked) return tl::unexpected(checked.error());
    }
  }
  return manifest;
}

std::string_view text_of(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Takes the file at `path` out of the page.
Bytes take(std::vector<NewFile>& page, const char* path) {
  const auto found = std::find_if(page.begin(), page.end(), [path](const NewFile& file) { return file.path == path; });
  if (found == page.end()) return {};
  Bytes bytes = std::move(found->bytes);
  page.erase(found);
  return bytes;
}

/// Puts the gallery, its previews and their cards into the page: pictures of the `models` and those the site keeps.
Result<void> add_gallery(std::vector<NewFile>& page, const PublishOptions& options, const std::string& base_url,
                         const std::vector<NewModel>& models, const Manifest& old) {
  const Bytes preview = take(page, "preview.html"), overview = take(page, "gallery.html");
  if (options.gallery.empty()) return {};
  if (preview.empty() || overview.empty())
    return fail("the site template has no preview.html and gallery.html", "build the template again");
  const auto text = read_file(options.gallery);
  if (!text) return tl::unexpected(text.error());
  std::map<std::string, ModelSpec> specs;
  for (const NewModel& model : models) specs.emplace(model.entry.id, model.entry.spec);
  for (const SiteModel& kept : old.models) specs.emplace(kept.id, kept.spec);
  const auto decoder_of = [&](const std::string& id) -> Result<RoleWeights> {
    for (const NewModel& model : models)
      if (model.entry.id == id) return model.decoder;
    const auto kept = std::find_if(old.models.begin(), old.models.end(), [&](const auto& one) { return one.id == id; });
    auto file = read_role(options.site / fs::path(kept->decoder.path), Role::kDecoder);
    if (!file) return tl::unexpected(file.error());
    return std::move(file->weights);
  };
  const auto entries = parse_gallery(text_of(*text), specs);
  if (!entries) return tl::unexpected(entries.error());
  std::vector<GalleryPage> pages;
  for (const GalleryEntry& entry : *entries) {
    const auto decoder = decoder_of(hex(entry.state.model));
    if (!decoder) return tl::unexpected(decoder.error());
    const auto card = make_picture_card(*decoder, entry.state);
    if (!card) return tl::unexpected(card.error());
    auto png = encode_png(*card);
    if (!png) return tl::unexpected(png.error());
    const std::string name = hex(sha256(as_bytes(entry.link))).substr(0, 8);
    pages.push_back({"picture-" + name + ".html", entry.title, entry.link, "cards/" + name + ".png"});
    page.push_back({pages.back().path, as_bytes(preview_html(text_of(preview), pages.back(), base_url))});
    page.push_back({pages.back().card, std::move(*png)});
  }
  page.push_back({"gallery.html", as_bytes(gallery_html(text_of(overview), pages))});
  return {};
}

/// The page's files with the head filled in, the preview card, and the gallery.
Result<std::vector<NewFile>> make_page(const PublishOptions& options, const std::string& base_url,
                                       const std::vector<NewModel>& models, const Manifest& old) {
  const NewModel& model = models.front();
  const auto folder = find_template(options.site_template);
  if (!folder) return tl::unexpected(folder.error());
  auto files = read_template(*folder);
  if (!files) return tl::unexpected(files.error());
  const auto card = make_card(model.decoder);
  if (!card) return tl::unexpected(card.error());
  auto png = encode_png(*card);
  if (!png) return tl::unexpected(png.error());
  const std::string card_path = "preview-" + hex(sha256(*png)).substr(0, 8) + ".png";

  std::vector<NewFile> page;
  for (TemplateFile& file : *files) {
    if (file.path == "index.html") {
      const std::string_view html(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
      const auto whole = insert_head(html, {model.entry.title, base_url, card_path});
      if (!whole) return tl::unexpected(whole.error());
      file.bytes = as_bytes(*whole);
    }
    page.push_back({std::move(file.path), std::move(file.bytes)});
  }
  page.push_back({card_path, std::move(*png)});
  if (auto done = add_gallery(page, options, base_url, models, old); !done) return tl::unexpected(done.error());
  // The page's entrance changes after everything that it names.
  std::stable_partition(page.begin(), page.end(), [](const NewFile& file) { return file.path != "index.html"; });
  return page;
}

Result<void> stage(const fs::path& staging, const std::vector<NewFile>& files) {
  for (const NewFile& file : files) {
    const fs::path path = staging / file.path;
    if (const auto made = make_folder(path.parent_path()); !made) return made;
    if (const auto written = write_file_atomically(path, file.bytes); !written) return written;
  }
  return {};
}

Result<void> move_in_place(const fs::path& staging, const fs::path& site, const std::vector<NewFile>& files) {
  std::error_code error;
  for (const NewFile& file : files) {
    if (fs::is_directory(site / file.path, error)) {
      return fail("cannot write " + (site / file.path).string() + ", a folder is in the way", "move it away");
    }
    if (const auto made = make_folder((site / file.path).parent_path()); !made) return made;
  }
  for (const NewFile& file : files) {
    fs::rename(staging / file.path, site / file.path, error);
    if (error)
      return fail("cannot write " + (site / file.path).string() + ", " + error.message(),
                  "check the folder and publish again");
  }
  return {};
}

Result<void> write_site(const fs::path& site, const std::vector<NewFile>& files) {
  if (const auto made = make_folder(site); !made) return made;
  const fs::path staging = site / kStaging;
  std::error_code error;
  fs::remove_all(staging, error);
  auto done = stage(staging, files);
  if (done) done = move_in_place(staging, site, files);
  fs::remove_all(staging, error);
  return done;
}

/// The page preloads files by name: of those that are there compressed, it is to fetch that one.
void preload_packed(Bytes& html, const std::vector<SiteFile>& files) {
  std::string text(html.begin(), html.end());
  for (const SiteFile& file : files) {
    const std::string plain = "href=\"" + file.path + "\"";
    const std::size_t at = text.find(plain);
    if (file.gzip_bytes > 0 && at != std::string::npos) text.insert(at + plain.size() - 1, kGzipEnding);
  }
  html = as_bytes(text);
}

/// Pages and cards of the gallery's links. The manifest, which every visitor fetches, does not list them.
bool is_gallery_path(const std::string& path) {
  static const std::regex pattern("picture-[0-9a-f]{8}\\.html|cards/[0-9a-f]{8}\\.png");
  return std::regex_match(path, pattern);
}

/// Files of an earlier publishing that are not among those `written` now.
void remove_stale(const fs::path& site, const Manifest& before, const std::set<std::string>& written) {
  std::error_code error;
  for (const SiteFile& file : before.files) {
    if (written.contains(file.path)) continue;
    fs::remove(site / file.path, error);
    if (file.gzip_bytes > 0) fs::remove(site / (file.path + std::string(kGzipEnding)), error);
  }
  std::vector<std::string> there;
  for (const fs::path& folder : {site, site / "cards"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
      there.push_back(entry.path().lexically_relative(site).generic_string());
  }
  for (const std::string& path : there)
    if (is_gallery_path(path) && !written.contains(path)) fs::remove(site / path, error);
}

}  // namespace

std::string title_of(const std::string& name) {
  std::string title, word;
  for (const char c : name + "-") {
    if (c != '-') {
      word += c;
      continue;
    }
    const bool acronym = word == "avae" || word == "vae" || word == "gan" || word == "mnist" || word == "cifar";
    for (std::size_t i = 0; i < word.size(); ++i) {
      if ((acronym || i == 0) && word[i] >= 'a' && word[i] <= 'z') word[i] = static_cast<char>(word[i] - 'a' + 'A');
    }
    title += (title.empty() || word.empty() ? "" : " ") + word;
    word.clear();
  }
  return title.empty() ? name : title;
}

Result<Manifest> read_manifest(const std::string& site) {
  const auto bytes = read_file(fs::path(site) / "manifest.json");
  if (!bytes) return tl::unexpected(bytes.error());
  auto manifest = parse_manifest(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  if (!manifest) return fail(site + ": " + manifest.error().message, manifest.error().hint);
  return manifest;
}

Result<Manifest> publish_site(const PublishOptions& options) {
  if (options.models.empty()) return fail("no model to publish", "give one with --model");
  std::error_code unreadable;
  if (fs::exists(fs::path(options.site) / "checkpoints", unreadable))
    return fail(options.site + " is the folder of a run, whose checkpoints would be published too",
                "give the site a folder of its own");
  Manifest manifest;
  if (!options.base_url.empty()) {
    const auto url = normalise_base_url(options.base_url);
    if (!url) return tl::unexpected(url.error());
    manifest.base_url = *url;
  }
  if (!options.live.empty() && !is_site_path(options.live)) {
    return fail("the live path " + options.live + " is not a path inside the site", "give one such as live/live.json");
  }
  manifest.live = options.live;
  auto models = read_new_models(options);
  if (!models) return tl::unexpected(models.error());
  leave_to_old(*models, options.site);
  if (const auto added = add_openings(*models, options.opening); !added) return tl::unexpected(added.error());
  std::set<std::string> ids;
  for (const NewModel& model : *models) ids.insert(model.entry.id);
  const auto old = read_old(options.site, ids);
  if (!old) return old;
  auto page = make_page(options, manifest.base_url, *models, *old);
  if (!page) return tl::unexpected(page.error());

  std::vector<NewFile> files;
  manifest.default_id = models->front().entry.id;
  for (NewModel& model : *models) {
    manifest.models.push_back(model.entry);
    for (NewFile& file : model.files) files.push_back(std::move(file));
  }
  manifest.models.insert(manifest.models.end(), old->models.begin(), old->models.end());
  for (NewFile& file : *page) {
    if (file.path == "index.html") preload_packed(file.bytes, manifest.files);
    if (is_site_path(file.path) && !file.bytes.empty() && !is_gallery_path(file.path))
      manifest.files.push_back(packed_entry(file, files));
    files.push_back(std::move(file));
  }
  files.push_back({"manifest.json", as_bytes(to_json(manifest))});
  if (const auto written = write_site(options.site, files); !written) return tl::unexpected(written.error());
  std::set<std::string> written;
  for (const NewFile& file : files) written.insert(file.path);
  remove_stale(options.site, *old, written);
  return manifest;
}

}  // namespace avae
