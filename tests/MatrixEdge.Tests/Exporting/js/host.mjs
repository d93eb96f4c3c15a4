// Serves on a Unix socket what a host would make of an export:
//   node host.mjs SOCKET worker FILE ORIGIN_PORT    a module worker in front of an origin, as Cloudflare runs it
//   node host.mjs SOCKET files DIRECTORY            static files with _headers, as Netlify and Cloudflare Pages read it
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [socket, kind, place, originPort] = process.argv.slice(2);
const client = "203.0.113.7"; // as Cloudflare names it, in a header that nobody else may write

async function body(message) {
  const pieces = [];
  for await (const piece of message)
    pieces.push(piece);
  return Buffer.concat(pieces);
}

// A worker's own fetch goes to the origin of the site, redirects as its request says: "manual" for those that came in.
function reachOrigin() {
  const send = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const target = `http://127.0.0.1:${originPort}${url.pathname}${url.search}`;
    const content = request.body === null ? undefined : await request.arrayBuffer();
    return send(target, { method: request.method, headers: request.headers, body: content, redirect: request.redirect });
  };
}

async function worker() {
  reachOrigin();
  const { default: handler } = await import(pathToFileURL(place));
  return async (message) => {
    const content = await body(message);
    const headers = new Headers(Object.entries(message.headers).filter(([name]) => name !== "connection"));
    headers.set("cf-connecting-ip", client);
    return handler.fetch(new Request(`https://${message.headers.host}${message.url}`, {
      method: message.method,
      headers,
      body: content.length > 0 ? content : undefined,
      redirect: "manual",
    }));
  };
}

async function files() {
  const rules = [];
  for (const line of (await readFile(join(place, "_headers"), "utf8")).split("\n").filter((line) => line.trim() !== "")) {
    if (line.startsWith(" "))
      rules.at(-1).headers.push([line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()]);
    else
      rules.push({ prefix: line.replace(/\*$/, ""), headers: [] });
  }

  return async (message) => {
    const headers = rules.filter((rule) => message.url.startsWith(rule.prefix)).flatMap((rule) => rule.headers);
    try {
      return new Response(await readFile(join(place, message.url)), { headers });
    } catch {
      return new Response("Not Found", { status: 404 });
    }
  };
}

const answer = kind === "worker" ? await worker() : await files();
createServer(async (message, response) => {
  try {
    const result = await answer(message);
    response.writeHead(result.status, [...result.headers].flat());
    response.end(message.method === "HEAD" ? undefined : Buffer.from(await result.arrayBuffer()));
  } catch (error) {
    response.writeHead(599);
    response.end(String(error?.stack));
  }
}).listen(socket);
