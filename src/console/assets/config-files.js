// Bytes into texts and back: encodings, and line ends, which a text field does not keep.
"use strict";

const SINGLE_BYTE = { "US-ASCII": "windows-1252", "ISO-8859-1": "windows-1252", "ISO-8859-15": "iso-8859-15", "windows-1252": "windows-1252" };

/** How a file that somebody opened is encoded: by its mark, by its XML declaration, or UTF-8. */
export function encodingOf(bytes) {
  const [first, second] = bytes;
  if (first === 0xfe && second === 0xff) return { name: "UTF-16", big: true, mark: true };
  if (first === 0xff && second === 0xfe) return { name: "UTF-16", big: false, mark: true };
  if (first === 0 && second === 0x3c) return { name: "UTF-16", big: true, mark: false };
  if (first === 0x3c && second === 0) return { name: "UTF-16", big: false, mark: false };
  const head = String.fromCharCode(...bytes.slice(0, 512));
  const declared = /^<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']/.exec(head)?.[1].toUpperCase() ?? "UTF-8";
  const known = Object.keys(SINGLE_BYTE).find((name) => name.toUpperCase() === declared);
  return { name: known ?? "UTF-8", big: false, mark: false };
}

export function decode(bytes, encoding) {
  if (encoding.name === "UTF-16") {
    const body = encoding.mark ? bytes.slice(2) : bytes;
    return new TextDecoder(encoding.big ? "utf-16be" : "utf-16le", { ignoreBOM: true }).decode(body);
  }
  return new TextDecoder(SINGLE_BYTE[encoding.name] ?? "utf-8", { ignoreBOM: true }).decode(bytes);
}

export function encode(text, encoding) {
  if (encoding.name === "UTF-16") {
    const marked = (encoding.mark ? "\ufeff" : "") + text;
    const view = new DataView(new ArrayBuffer(marked.length * 2));
    for (let at = 0; at < marked.length; at += 1) view.setUint16(at * 2, marked.charCodeAt(at), !encoding.big);
    return new Uint8Array(view.buffer);
  }
  const label = SINGLE_BYTE[encoding.name];
  if (!label) return new TextEncoder().encode(text);
  const all = new TextDecoder(label).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  const limit = encoding.name === "US-ASCII" ? 128 : 256;
  const bytes = [];
  for (const character of text) {
    const byte = all.indexOf(character);
    // What the encoding does not have becomes a character reference.
    if (byte >= 0 && byte < limit) bytes.push(byte);
    else for (const digit of `&#${character.codePointAt(0)};`) bytes.push(digit.charCodeAt(0));
  }
  return Uint8Array.from(bytes);
}

/** The text as a text field holds it. */
export const plain = (text) => text.replace(/\r\n?/g, "\n");

/** The text of a field with the line ends of the file: lines that nobody touched keep theirs, new ones get the usual one. */
export function withLineEnds(text, original) {
  const old = original.split(/(\r\n|\r|\n)/);
  const lines = [];
  for (let at = 0; at < old.length; at += 2) lines.push({ text: old[at], end: old[at + 1] ?? "" });
  const ends = lines.map((line) => line.end).filter(Boolean);
  const usual = ends.filter((end) => end === "\r\n").length * 2 > ends.length ? "\r\n" : "\n";
  const now = text.split("\n");
  const most = Math.min(now.length, lines.length);
  let head = 0;
  while (head < most && now[head] === lines[head].text) head += 1;
  let tail = 0;
  while (tail < most - head && now[now.length - 1 - tail] === lines[lines.length - 1 - tail].text) tail += 1;
  return now
    .map((line, at) => {
      if (at === now.length - 1) return line;
      const fromEnd = now.length - at;
      const known = at < head ? lines[at] : fromEnd <= tail ? lines[lines.length - fromEnd] : at < lines.length && now.length === lines.length ? lines[at] : null;
      return line + (known?.end || usual);
    })
    .join("");
}
