// Draws the triangle lists of ui.wasm with WebGL 2.

const VERTEX = `#version 300 es
uniform vec2 size;
layout(location = 0) in vec2 position;
layout(location = 1) in vec2 uv;
layout(location = 2) in vec4 colour;
out vec2 at;
out vec4 tint;
void main() {
  at = uv;
  tint = colour;
  gl_Position = vec4(2.0 * position.x / size.x - 1.0, 1.0 - 2.0 * position.y / size.y, 0.0, 1.0);
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
uniform sampler2D picture;
in vec2 at;
in vec4 tint;
out vec4 result;
void main() {
  result = tint * texture(picture, at);
}`;
const VERTEX_BYTES = 20;
export const COMMAND_NUMBERS = 8;

function compile(gl, type, source) {
  const shader = gl.createShader(type);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}

/** Throws when the canvas gives no WebGL 2. */
export function createRenderer(canvas) {
  const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false, powerPreference: 'low-power' });
  if (!gl) throw new Error('This browser does not offer WebGL2.');
  const textures = new Map();
  let last = 1; // 1 is the font atlas, see wasm/ui.h
  let sizeAt = null;

  function bindFresh(number) {
    const texture = textures.get(number) ?? gl.createTexture();
    textures.set(number, texture);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.LINEAR);
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
  }

  /** Index 0 stands for vertex number `base`: 16 bits reach 65,536 vertices from there. */
  function startVertices(base) {
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, VERTEX_BYTES, base * VERTEX_BYTES);
    gl.vertexAttribPointer(1, 2, gl.FLOAT, false, VERTEX_BYTES, base * VERTEX_BYTES + 8);
    gl.vertexAttribPointer(2, 4, gl.UNSIGNED_BYTE, true, VERTEX_BYTES, base * VERTEX_BYTES + 16);
  }

  return {
    /** Builds what belongs to the context: at first, and after it was lost. */
    start() {
      textures.clear();
      const program = gl.createProgram();
      gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, VERTEX));
      gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT));
      gl.linkProgram(program);
      if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(gl.getProgramInfoLog(program));
      gl.useProgram(program);
      sizeAt = gl.getUniformLocation(program, 'size');
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      for (const index of [0, 1, 2]) gl.enableVertexAttribArray(index);
      gl.enable(gl.BLEND);
      gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      gl.enable(gl.SCISSOR_TEST);
    },

    create(width, height) {
      last += 1;
      bindFresh(last);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
      return last;
    },
    update(number, x, y, width, height, rgba) {
      gl.bindTexture(gl.TEXTURE_2D, textures.get(number));
      gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    },
    /** A whole texture under a number of the caller's. */
    replace(number, width, height, rgba) {
      bindFresh(number);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    },
    destroy(number) {
      gl.deleteTexture(textures.get(number));
      textures.delete(number);
    },

    /** `lists`: [{vertices, indices: Uint8Array, commands: Float32Array}], `width` and `height` in CSS pixels. */
    draw(lists, width, height) {
      const scaleX = canvas.width / width;
      const scaleY = canvas.height / height;
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.uniform2f(sizeAt, width, height);
      let bound = 0;
      let box = [];
      for (const { vertices, indices, commands } of lists) {
        gl.bufferData(gl.ARRAY_BUFFER, vertices, gl.STREAM_DRAW);
        gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.STREAM_DRAW);
        let base = -1;
        for (let i = 0; i < commands.length; i += COMMAND_NUMBERS) {
          const count = commands[i + 2];
          const left = Math.round(commands[i + 3] * scaleX);
          const top = Math.round(commands[i + 4] * scaleY);
          const right = Math.round(commands[i + 5] * scaleX);
          const bottom = Math.round(commands[i + 6] * scaleY);
          if (count === 0 || right <= left || bottom <= top) continue;
          // What is as it was is not said again: each call costs as much as a small draw.
          if (left !== box[0] || top !== box[1] || right !== box[2] || bottom !== box[3]) {
            gl.scissor(left, canvas.height - bottom, right - left, bottom - top);
            box = [left, top, right, bottom];
          }
          if (commands[i] !== bound) gl.bindTexture(gl.TEXTURE_2D, textures.get((bound = commands[i])));
          if (commands[i + 7] !== base) startVertices((base = commands[i + 7]));
          gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_SHORT, commands[i + 1] * 2);
        }
      }
    },
  };
}
