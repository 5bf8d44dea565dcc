/* The C interface of ui.wasm: the playground, drawn by Dear ImGui into lists of triangles. web/ui.mjs is the other
 * side: it draws the triangles with WebGL 2, feeds input and answers the imports of module "host" at the end of this
 * file.
 *
 * Shape letters: N samples, H W C picture, Z latent size, K classes. Text is UTF-8, given as pointer and bytes.
 *
 * Memory. The caller copies its arrays into blocks of ui_alloc() and frees them with ui_free(). Every call may grow the
 * memory, which detaches views of it: make them anew after each call. No call keeps a pointer it was given.
 *
 * Errors. Where a function returns int, 0 means failure, and ui_text() says why in one line. Nothing throws.
 *
 * Order: ui_add_model() once or more, ui_start(), ui_scale(), then anything.
 */
#ifndef AVAE_WASM_UI_H
#define AVAE_WASM_UI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void* ui_alloc(size_t bytes);
void ui_free(void* block);
/* Text of the last call: an error, or an answer where there is one. */
const char* ui_text(void);
size_t ui_text_bytes(void);

/* A model to choose from; the first is the default. `id` is 8 bytes, `spec` JSON as in model files. `current` 0: an
 * earlier one, kept for its links. A realism_scale above 0: it has a discriminator, whose logit l means a realism of
 * 1 / (1 + exp(-scale l - offset)). Fails on a bad spec. */
int ui_add_model(const uint8_t* id, const char* title, size_t title_bytes, const char* spec, size_t spec_bytes,
                 int current, float realism_scale, float realism_offset);
/* The visitor's language: a JSON object of English texts and their translations. Before ui_start(). Fails on anything
 * else. */
int ui_set_strings(const char* json, size_t bytes);
/* Opens the playground. Fails without models. */
int ui_start(void);

/* Framebuffer pixels per CSS pixel. Then ui_font_pixels() must be uploaded as texture `ui_font_texture()`. */
void ui_scale(float scale);
/* RGBA [height, width, 4], valid until the next ui_scale(). */
const uint8_t* ui_font_pixels(int* width, int* height);
/* The texture number that draw commands use for text; textures of host_create_texture() must have others. */
int ui_font_texture(void);
/* WebGL lost its textures: they are created again while drawing. */
void ui_textures_lost(void);

/* 1 when ui_frame() would draw something new. */
int ui_needs_frame(void);
/* Milliseconds until ui_needs_frame() turns 1 by itself, or less than 0 for never. */
double ui_wait_ms(void);
/* Draws. Width and height in CSS pixels. */
void ui_frame(float width, float height);

/* What ui_frame() drew: list `index` of ui_draw_lists(). Vertices are 20 bytes (x y u v float, RGBA uint8), indices
 * uint16. A command is 8 numbers: texture, first index, count, clip left, top, right, bottom (CSS pixels), and the
 * vertex that its index 0 stands for (all as float). */
int ui_draw_lists(void);
const void* ui_vertices(int index, int* count);
const void* ui_indices(int index, int* count);
const float* ui_draw_commands(int index, int* count);

/* Input in CSS pixels from the canvas's corner. `touch` 1 for fingers and pens, 0 for a mouse. */
void ui_pointer_move(float x, float y, int touch);
/* After ui_pointer_move() by a mouse with no button down, between frames: what lies there on the map is asked for at
 * once. */
void ui_pointer_comes(float x, float y);
void ui_pointer_button(int down, int touch);
/* Whether these are held at the pointer's next event. */
void ui_modifiers(int control, int shift);
void ui_pointer_leave(void);
/* In lines, positive up. */
void ui_wheel(float x, float y);
/* Two fingers, around (x, y): moved and `factor` times further apart since the last call. 0 where nothing zooms. */
int ui_pinch(float x, float y, float dx, float dy, float factor);
/* `key`: 0 left, 1 right, 2 up, 3 down, 4 home, 5 escape, 6 space, 7.. the letters A to Z, 33 plus,
 * 34 minus, 35 zero. */
void ui_key(int key, int down, int control, int shift);
void ui_focus_lost(void);

/* Answers. pixels uint8 [N, H, W, C]; logits float [N], little-endian. */
void ui_decoded(uint32_t ticket, const uint8_t* pixels, size_t bytes);
void ui_judged(uint32_t ticket, const float* logits, size_t bytes);
void ui_failed(uint32_t ticket, const char* message, size_t bytes);

/* Edits, each one step of the history. */
int ui_open(const char* link, size_t bytes);
int ui_command(const char* name, size_t bytes);
int ui_set_view(const char* name, size_t bytes);
int ui_set_model(const uint8_t* id);
/* Makes a picture the sample and what revert returns to: latent int8 [Z], mix uint8 [K] with a weight. `settled` 0:
 * more follow, and only the last one is a step of the history. Fails on other sizes. */
int ui_keep(const int8_t* latent, size_t latent_bytes, const uint8_t* mix, size_t mix_bytes, int settled);
/* The sample is the visitor's own picture, and this is how other models encode it: begin, then each model that can,
 * then end. They are shown beside it for as long as it is the sample. ui_own_picture_of() fails on other sizes. */
void ui_own_picture_begin(void);
int ui_own_picture_of(const uint8_t* id, const int8_t* latent, size_t latent_bytes, const uint8_t* mix,
                      size_t mix_bytes);
void ui_own_picture_end(void);
int ui_set_class(int index);
int ui_set_latent(int dimension, int value);
void ui_set_position(int position);
void ui_set_theme(int light);
/* The map and directions of model `id`: the file that avae atlas writes. Fails on a damaged one, or one of another
 * model. */
int ui_set_atlas(const uint8_t* id, const uint8_t* file, size_t bytes);
/* Decodes everything again; latents stay unless Z or K changed. An id that is not listed is added. */
int ui_replace_model(const uint8_t* id, const uint8_t* new_id, const char* title, size_t title_bytes, const char* spec,
                     size_t spec_bytes);

/* Text: the link. */
void ui_link(void);
/* Text: JSON
 * {"model","view","latent":[Z],"mix":[K],"classIndex","truncation","morph":{"count","position","speed","loop"},
 * "playing","canUndo","canRedo","canRevert","realism":0..100 or null,"pending","carpet":{"x","y","w","h"}}: where the
 * page may put its own panel in the view "draw", CSS pixels. */
void ui_state(void);
/* Text: JSON {"latent":[Z],"mix":[K]} of the morph at `position`, 0..65535. Fails without a morph. */
int ui_morph_frame(int position);
/* Text: JSON [{"name","label","kind","x","y","w","h","enabled","on"}], what can be pressed, moved or read in the latest
 * frame, in CSS pixels; w is 0 where it is scrolled away. kind: button, toggle, slider, picture, map, text. Sliders also have
 * "value", "low", "high" and "text". */
void ui_targets(void);
/* As if the target of this name were pressed, moved to `value`: one a frame, in this order. Scrolled to: in the next. */
void ui_press(const char* name, size_t bytes);
void ui_slide(const char* name, size_t bytes, int value);
void ui_reveal(const char* name, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif

/* Imports, module "host":
 *   int  host_create_texture(int width, int height)                 RGBA8, linear, clamped; a number unlike
 * ui_font_texture() void host_update_texture(int texture, int x, int y, int width, int height, const uint8_t* rgba)
 *   void host_destroy_texture(int texture)
 *   double host_now(void)                                          milliseconds
 *   uint64_t host_entropy(void)
 *   int  host_reduced_motion(void)
 *   void host_copy(const char* fragment, size_t bytes)              "#" and a link
 *   void host_state_changed(void)
 *   int  host_message(const char* text, size_t bytes)               1 when the page shows it
 *   uint8_t* host_draw_text(const char* text, size_t bytes, float em_px, int strong, float out[5])
 *                                  alpha in a block of ui_alloc() that the module frees, or 0 when it cannot; out is
 *                                  width, height, left of the pen, top from the baseline, advance, in pixels
 *   void host_decode(uint32_t ticket, const uint8_t* model, int priority, int n, const int8_t* latents, size_t
 * latents_bytes, const uint8_t* mixes, size_t mixes_bytes)
 *   void host_judge(uint32_t ticket, const uint8_t* model, int n, const uint8_t* pixels, size_t pixels_bytes, const
 * uint8_t* mixes, size_t mixes_bytes)                               the logits of that model's discriminator
 *   void host_cancel(uint32_t ticket)
 */
