// The linter, away from the thread that draws the page. The module imports nothing: it reaches neither network nor disk.
"use strict";

const module = (async () => {
  const response = await fetch("/assets/lint.wasm");
  if (!response.ok) throw new Error(`lint.wasm: ${response.status}`);
  return (await WebAssembly.instantiateStreaming(response, {})).instance.exports;
})();
module.then(() => postMessage({ ready: true }), (error) => postMessage({ failed: String(error) }));

onmessage = async ({ data }) => {
  try {
    const linter = await module;
    const request = new TextEncoder().encode(data.request);
    const at = linter.cobnut_room(request.length);
    // The memory is looked up after each call: a call that needs more of it gets another one.
    new Uint8Array(linter.memory.buffer, at, request.length).set(request);
    const length = linter.cobnut_answer();
    const answer = new Uint8Array(linter.memory.buffer, linter.cobnut_buffer(), length);
    postMessage({ id: data.id, answer: new TextDecoder().decode(answer) });
  } catch (error) {
    postMessage({ failed: String(error) });
  }
};
