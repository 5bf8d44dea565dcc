// Draws the triangle lists of ui.wasm with WebGL 2: those parts of the canvas that changed.
import { COMMAND_NUMBERS, VERTEX_BYTES, createDamage } from './damage.mjs';

export { COMMAND_NUMBERS };

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

function compile(gl, type, source) {
  const shader = gl.createShader(type);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}

/** Throws when the canvas gives no WebGL 2. */
export function createRenderer(canvas) {
  const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false, powerPreference: 'low-power', preserveDrawingBuffer: true });
  if (!gl) throw new Error('This browser does not offer WebGL2.');
  const textures = new Map(); // number → {texture, width, height}
  const damage = createDamage();
  let last = 1; // 1 is the font atlas, see wasm/ui.h
  let sizeAt = null;

  function bindFresh(number, width, height) {
    const { texture } = textures.get(number) ?? { texture: gl.createTexture() };
    textures.set(number, { texture, width, height });
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

  /** All lists in one buffer each. → [{commands, firstVertex, firstIndex}] */
  function upload(lists) {
    const sum = (field) => lists.reduce((total, list) => total + list[field].length, 0);
    gl.bufferData(gl.ARRAY_BUFFER, sum('vertices'), gl.STREAM_DRAW);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, sum('indices'), gl.STREAM_DRAW);
    let [vertexByte, indexByte] = [0, 0];
    return lists.map(({ vertices, indices, commands }) => {
      gl.bufferSubData(gl.ARRAY_BUFFER, vertexByte, vertices);
      gl.bufferSubData(gl.ELEMENT_ARRAY_BUFFER, indexByte, indices);
      const uploaded = { commands, firstVertex: vertexByte / VERTEX_BYTES, firstIndex: indexByte / 2 };
      vertexByte += vertices.length;
      indexByte += indices.length;
      return uploaded;
    });
  }

  return {
    /** Builds what belongs to the context: at first, and after it was lost. */
    start() {
      textures.clear();
      damage.forget();
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

    /** The canvas was cleared, or is of another size. */
    resized: () => damage.forget(),

    create(width, height) {
      last += 1;
      bindFresh(last, width, height);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
      return last;
    },
    update(number, x, y, width, height, rgba) {
      const { texture, width: whole, height: high } = textures.get(number);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
      damage.touch(number, { left: x / whole, top: y / high, right: (x + width) / whole, bottom: (y + height) / high });
    },
    /** A whole texture under a number of the caller's. */
    replace(number, width, height, rgba) {
      bindFresh(number, width, height);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
      damage.forget();
    },
    destroy(number) {
      gl.deleteTexture(textures.get(number)?.texture ?? null);
      textures.delete(number);
    },

    /**
     * `lists`: [{vertices, indices: Uint8Array, commands: Float32Array}], `width` and `height` in CSS pixels. What is
     * below all others must cover the canvas.
     */
    draw(lists, width, height) {
      const boxes = damage.next(lists, width, height) ?? [{ left: 0, top: 0, right: width, bottom: height }];
      if (boxes.length === 0) return;
      const scaleX = canvas.width / width;
      const scaleY = canvas.height / height;
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.uniform2f(sizeAt, width, height);
      const uploaded = upload(lists);
      // What is as it was is not said again: each call costs as much as a small draw.
      let bound = 0;
      let base = -1;
      let scissor = [];
      for (const box of boxes) {
        // Whole pixels, and one more for what is smoothed at its edge.
        const from = { x: Math.max(0, Math.floor(box.left * scaleX) - 1), y: Math.max(0, Math.floor(box.top * scaleY) - 1) };
        const to = { x: Math.min(canvas.width, Math.ceil(box.right * scaleX) + 1), y: Math.min(canvas.height, Math.ceil(box.bottom * scaleY) + 1) };
        for (const { commands, firstVertex, firstIndex } of uploaded) {
          for (let i = 0; i < commands.length; i += COMMAND_NUMBERS) {
            const count = commands[i + 2];
            const left = Math.max(from.x, Math.round(commands[i + 3] * scaleX));
            const top = Math.max(from.y, Math.round(commands[i + 4] * scaleY));
            const right = Math.min(to.x, Math.round(commands[i + 5] * scaleX));
            const bottom = Math.min(to.y, Math.round(commands[i + 6] * scaleY));
            if (count === 0 || right <= left || bottom <= top) continue;
            if (left !== scissor[0] || top !== scissor[1] || right !== scissor[2] || bottom !== scissor[3]) {
              gl.scissor(left, canvas.height - bottom, right - left, bottom - top);
              scissor = [left, top, right, bottom];
            }
            if (commands[i] !== bound) gl.bindTexture(gl.TEXTURE_2D, textures.get((bound = commands[i]))?.texture ?? null);
            if (firstVertex + commands[i + 7] !== base) startVertices((base = firstVertex + commands[i + 7]));
            gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_SHORT, (firstIndex + commands[i + 1]) * 2);
          }
        }
      }
    },
  };
}
