#include "wasm/core.h"

#include <emscripten/emscripten.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shared/infer/network.hpp"
#include "shared/infer/read_picture.hpp"
#include "wasm/core_link.hpp"

namespace {

using avae::Error;
using avae::Network;
using avae::Result;

// All of an instance's state: an instance serves one worker.
struct Core {
  std::map<int, Network> networks;
  int last_handle = 0;
  std::string text;
  std::vector<std::vector<float>> layers;
};

Core& core() {
  static Core instance;
  return instance;
}

int refuse(const Error& error) {
  core().text = error.hint.empty() ? error.message : error.message + "\n" + error.hint;
  return 0;
}

int refuse(const char* message) { return refuse(Error{message, {}}); }

int answer(std::string text) {
  core().text = std::move(text);
  return 1;
}

int finish(const Result<void>& result) { return result ? answer({}) : refuse(result.error()); }

// Null, with the text set, for a dead handle or n < 1.
Network* find(int handle, int n = 1) {
  const auto found = core().networks.find(handle);
  if (found == core().networks.end()) return refuse("this model is not loaded"), nullptr;
  if (n < 1) return refuse("the batch is empty"), nullptr;
  return &found->second;
}

template <typename T>
std::span<T> block(T* data, int n, int per_sample) {
  return {data, static_cast<std::size_t>(n) * static_cast<std::size_t>(per_sample)};
}

std::string describe(const Network& network) {
  std::string json = "{\"role\":\"" + std::string(avae::role_name(network.role())) + "\",\"spec\":";
  json.append(avae::to_json(network.spec())).append(",\"layers\":[");
  bool first = true;
  for (const avae::Layer& layer : avae::layers(network.spec(), network.role())) {
    json.append(first ? "" : ",").append("{\"name\":\"").append(layer.name).append("\",\"shape\":[");
    json.append(std::to_string(layer.out.height)).append(",").append(std::to_string(layer.out.width)).append(",");
    json.append(std::to_string(layer.out.channels)).append("]}");
    first = false;
  }
  return json + "]}";
}

}  // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE void* avae_alloc(size_t bytes) { return std::malloc(std::max<size_t>(bytes, 1)); }

EMSCRIPTEN_KEEPALIVE void avae_free(void* block) { std::free(block); }

EMSCRIPTEN_KEEPALIVE const char* avae_text(void) { return core().text.data(); }

EMSCRIPTEN_KEEPALIVE size_t avae_text_bytes(void) { return core().text.size(); }

EMSCRIPTEN_KEEPALIVE int avae_load(const uint8_t* file, size_t bytes) {
  auto weights = avae::read_model({file, bytes});
  if (!weights) return refuse(weights.error());
  auto network = Network::create(*weights);
  if (!network) return refuse(network.error());
  answer(describe(*network));
  const int handle = ++core().last_handle;
  core().networks.emplace(handle, std::move(*network));
  return handle;
}

EMSCRIPTEN_KEEPALIVE int avae_unload(int handle) {
  if (find(handle) == nullptr) return 0;
  core().networks.erase(handle);
  return answer({});
}

EMSCRIPTEN_KEEPALIVE int avae_decode(int decoder, int n, const int8_t* latents, const uint8_t* mixes, uint8_t* pixels) {
  Network* network = find(decoder, n);
  if (network == nullptr) return 0;
  const avae::ModelSpec& spec = network->spec();
  return finish(avae::decode_pixels(*network, block(latents, n, spec.latent), block(mixes, n, spec.classes),
                                    block(pixels, n, spec.pixels())));
}

EMSCRIPTEN_KEEPALIVE int avae_encode(int encoder, int decoder, int n, const uint8_t* pixels, const uint8_t* mixes,
                                     float* means, int8_t* latents) {
  Network* network = find(encoder, n);
  const Network* prior = find(decoder);
  if (network == nullptr || prior == nullptr) return 0;
  const avae::ModelSpec& spec = network->spec();
  return finish(avae::encode_pixels(*network, *prior, block(pixels, n, spec.pixels()), block(mixes, n, spec.classes),
                                    block(means, n, spec.latent), block(latents, n, spec.latent)));
}

EMSCRIPTEN_KEEPALIVE int avae_read(int encoder, int decoder, int only, const uint8_t* pixels, int8_t* latent,
                                   uint8_t* mix, float* error) {
  Network* shows = find(decoder);
  Network* network = encoder == 0 ? nullptr : find(encoder);
  if (shows == nullptr || (encoder != 0 && network == nullptr)) return 0;
  const auto picture = block(pixels, 1, shows->spec().pixels());
  auto reading = network == nullptr ? avae::nearest_picture(*shows, picture, only)
                                    : avae::read_picture(*network, *shows, picture, only);
  if (!reading) return refuse(reading.error());
  std::ranges::copy(reading->latent, latent);
  std::ranges::copy(reading->mix, mix);
  *error = reading->error;
  return answer({});
}

EMSCRIPTEN_KEEPALIVE int avae_discriminate(int discriminator, int n, const uint8_t* pixels, const uint8_t* mixes,
                                           float* logits) {
  Network* network = find(discriminator, n);
  if (network == nullptr) return 0;
  const avae::ModelSpec& spec = network->spec();
  return finish(avae::discriminate_pixels(*network, block(pixels, n, spec.pixels()), block(mixes, n, spec.classes),
                                          block(logits, n, 1)));
}

EMSCRIPTEN_KEEPALIVE int avae_run_layers(int handle, int n, const float* input, const float* mix) {
  Network* network = find(handle, n);
  if (network == nullptr) return 0;
  auto values = network->run_layers(block(input, n, network->input_size()), block(mix, n, network->spec().classes));
  if (!values) return refuse(values.error());
  core().layers = std::move(*values);
  return answer({});
}

EMSCRIPTEN_KEEPALIVE const float* avae_layer(int index) {
  const auto& layers = core().layers;
  return index >= 0 && static_cast<std::size_t>(index) < layers.size() ? layers[index].data() : nullptr;
}

EMSCRIPTEN_KEEPALIVE void avae_random_latent(uint64_t seed, int latent_size, int truncation_percent, int switches,
                                             int8_t* latent) {
  std::ranges::copy(avae::random_latent(seed, latent_size, truncation_percent, switches), latent);
}

EMSCRIPTEN_KEEPALIVE void avae_sha256(const uint8_t* data, size_t bytes, uint8_t* digest) {
  std::ranges::copy(avae::sha256({data, bytes}), digest);
}

EMSCRIPTEN_KEEPALIVE int avae_link_model(const char* link, size_t bytes) {
  const auto id = avae::link_model({link, bytes});
  return id ? answer(avae::hex(*id)) : refuse(id.error());
}

EMSCRIPTEN_KEEPALIVE int avae_link_decode(const char* link, size_t bytes, int latent_size, int classes) {
  const auto state = avae::decode_link({link, bytes}, latent_size, classes);
  return state ? answer(avae::link_state_to_json(*state)) : refuse(state.error());
}

EMSCRIPTEN_KEEPALIVE int avae_link_encode(const char* state, size_t bytes) {
  const auto read = avae::link_state_from_json({state, bytes});
  return read ? answer(avae::encode_link(*read)) : refuse(read.error());
}

}  // extern "C"
