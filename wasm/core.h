/* The C interface of core.wasm: models in, pixels out; the codec of links. web/core.mjs wraps it for JavaScript.
 *
 * Shape letters: N samples, H W C picture, Z latent size, K classes. Multi-byte values are little-endian, arrays are
 * dense.
 *
 * Memory. The caller copies its arrays into blocks of avae_alloc() and frees them with avae_free(). Every call may grow
 * the memory, which detaches views of it: make them anew after each call. No call keeps a pointer it was given.
 *
 * Errors. Where a function returns int, 0 means failure, and avae_text() says why: "what happened", then, if there is
 * one, a newline and a hint on what to do. Nothing throws. Out of memory in small bookkeeping traps; the instance is
 * then lost.
 *
 * Threads: none. One instance decodes one batch at a time; a pool of workers holds one instance each.
 */
#ifndef AVAE_WASM_CORE_H
#define AVAE_WASM_CORE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A block of `bytes` bytes, 16-byte aligned, or null. */
void* avae_alloc(size_t bytes);
void avae_free(void* block);

/* UTF-8 text of the last call, without terminating zero: the error if it failed, its answer where it has one. */
const char* avae_text(void);
size_t avae_text_bytes(void);

/* Reads a model file and packs its weights; `file` may be freed afterwards. Returns a handle > 0.
 * Text: {"role":"decoder"|"encoder"|"discriminator","spec":{...},"layers":[{"name":"...","shape":[h,w,c]},...]}. */
int avae_load(const uint8_t* file, size_t bytes);
/* Frees what a handle holds. The handle is dead afterwards; a dead one is refused everywhere. */
int avae_unload(int handle);

/* latents int8 [N, Z] in steps of 1/32, mixes uint8 [N, K] weights -> pixels uint8 [N, H, W, C]. N >= 1 everywhere. */
int avae_decode(int decoder, int n, const int8_t* latents, const uint8_t* mixes, uint8_t* pixels);

/* pixels uint8 [N, H, W, C], mixes uint8 [N, K] -> posterior means whitened by the decoder's prior, float [N, Z], and
 * the same quantised, int8 [N, Z]. */
int avae_encode(int encoder, int decoder, int n, const uint8_t* pixels, const uint8_t* mixes, float* means,
                int8_t* latents);

/* One picture uint8 [H, W, C], read as class `only` or (-1) as the best, as read_picture() says -> latent int8 [Z], mix
 * uint8 [K], error float [1]. `encoder` 0: what the decoder draws nearest to it, as nearest_picture() says. */
int avae_read(int encoder, int decoder, int only, const uint8_t* pixels, int8_t* latent, uint8_t* mix, float* error);

/* pixels uint8 [N, H, W, C], mixes uint8 [N, K] -> float [N]; greater is more real. */
int avae_discriminate(int discriminator, int n, const uint8_t* pixels, const uint8_t* mixes, float* logits);

/* input float [N, ...] as the role reads it, mix float [N, K] -> keeps what every layer writes; read it with
 * avae_layer(). For parity tests. */
int avae_run_layers(int handle, int n, const float* input, const float* mix);
/* Layer `index` of the last avae_run_layers(): float [N, h, w, c]. Null beyond the last. Valid until the next run. */
const float* avae_layer(int index);

/* Draws from the prior's frame in integers: int8 [Z], the last `switches` of them -32 or 32. truncation_percent 0..100
 * scales the others. */
void avae_random_latent(uint64_t seed, int latent_size, int truncation_percent, int switches, int8_t* latent);

/* SHA-256 of `bytes` bytes: uint8 [32]. */
void avae_sha256(const uint8_t* data, size_t bytes, uint8_t* digest);

/* Which model a link is for. Text: 16 hex digits. */
int avae_link_model(const char* link, size_t bytes);
/* Reads a link of a model with this Z and K. Text: the state as JSON, see avae_link_encode(). */
int avae_link_decode(const char* link, size_t bytes, int latent_size, int classes);
/* State as JSON -> text: the link.
 * {"model":"<16 hex>","view":"shape"|"map"|"morph"|"draw"|"compare","latent":[Z],"mix":[K],"encoded":bool,
 *  "morph":{"speed":1..100,"loop":bool,"position":0..65535,
 *           "keyframes":[{"latent":[Z],"mix":[K],"encoded":bool}, 2..16 of them]}}
 * "morph" is left out when there are no keyframes, and null is read like that; no "encoded" is read as false. */
int avae_link_encode(const char* state, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
