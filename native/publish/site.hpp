// Publishing: a site template and models become a folder of static files.
#pragma once

#include <string>
#include <vector>

#include "native/publish/make_atlas.hpp"
#include "native/publish/manifest.hpp"
#include "shared/model/result.hpp"

namespace avae {

struct PublishOptions {
  std::vector<std::string> models;   ///< folders as find_model() takes them; the first is the page's default
  std::vector<std::string> earlier;  ///< folders likewise: their decoders are kept for old links, and not offered
  std::string gallery;               ///< file of links and titles as parse_gallery() reads it, or empty
  std::string site;                  ///< made when it is not there
  std::string site_template;         ///< as find_template() takes it
  std::string base_url;              ///< where the site will be, or empty
  std::string live;                  ///< path below the site of a run's live.json, or empty
  std::string data;                  ///< for the maps of models that have no atlas yet, as make_atlas() takes it
  AtlasOptions atlas;                ///< of the maps that are made
  int opening = 0;                   ///< which picture of the first model's map a site of several models opens with
};

/// Fills the site and returns its manifest. Models that the site already had stay, no longer current, so that old links
/// open; files of the page before that the new page lacks go. Everything is written beside the site's files first and
/// moved in place once it is complete, manifest.json last: after an error the old site works. Errors: no template, a
/// model refused, as openings(), an old manifest.json refused, a kept model's file missing or changed, a folder with an
/// index.html that is not ours, the folder of a run, a bad base URL, live path or gallery, files that cannot be
/// written.
Result<Manifest> publish_site(const PublishOptions& options);

/// "fashion-avae" -> "Fashion AVAE".
std::string title_of(const std::string& name);

/// SITE/manifest.json. Errors: as read_file() and parse_manifest(), naming the file.
Result<Manifest> read_manifest(const std::string& site);

}  // namespace avae
